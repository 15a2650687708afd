//! What Kubernetes' API says of its types and fields, for `kubectl explain`.
//!
//! The words are upstream's (Apache-2.0), and k8s-openapi has them: they are facts of the API, read from
//! there while building and kept nowhere else. They would be a tenth of the engine's download and few
//! need them, so a site has them in a file of their own (`drydock-prose` prints it); a native program
//! links this library.
//!
//! Diverges: k8s-openapi leaves out the paragraph "Possible enum values" of fields that have some.

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value};

use k8s_openapi::api::{
    admissionregistration::v1 as admission, apps::v1 as apps, authentication::v1 as authentication,
    authorization::v1 as authorization, autoscaling::v1 as autoscaling_v1, autoscaling::v2 as autoscaling,
    batch::v1 as batch, certificates::v1 as certificates, coordination::v1 as coordination, core::v1 as core,
    discovery::v1 as discovery, events::v1 as events, flowcontrol::v1 as flowcontrol, networking::v1 as networking,
    node::v1 as node, policy::v1 as policy, rbac::v1 as rbac, resource::v1 as resource, scheduling::v1 as scheduling,
    storage::v1 as storage,
};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1 as apiextensions;
use k8s_openapi::kube_aggregator::pkg::apis::apiregistration::v1 as apiregistration;

/// All of it as JSON: `{"io.k8s.api.apps.v1.Deployment": {"": "of the type", "spec": "of the field"}}`.
///
/// ```
/// let prose: serde_json::Value = serde_json::from_str(&drydock_prose::json()).unwrap();
/// let replicas = prose["io.k8s.api.apps.v1.DeploymentSpec"]["replicas"].as_str().unwrap();
/// assert!(replicas.starts_with("Number of desired pods."));
/// ```
pub fn json() -> String {
    let mut generator = SchemaGenerator::default();
    kinds(&mut generator);
    let types = generator.take_definitions(true);
    let prose: Map<String, Value> = types.iter().map(|(name, schema)| (name.clone(), words(schema))).collect();
    Value::Object(prose).to_string()
}

fn words(schema: &Value) -> Value {
    let of_type = schema.get("description").map(|words| (String::new(), words.clone()));
    let fields = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let of_fields = fields.filter_map(|(name, field)| Some((name.clone(), field.get("description")?.clone())));
    of_type.into_iter().chain(of_fields).collect()
}

/// Every kind that is served; the types that they consist of follow by themselves.
fn kinds(generator: &mut SchemaGenerator) {
    fn add<T: JsonSchema>(generator: &mut SchemaGenerator) {
        generator.subschema_for::<T>();
    }
    macro_rules! add {
        ($($module:ident: $($kind:ident)*;)*) => { $($(add::<$module::$kind>(generator);)*)* };
    }
    add! {
        core: Binding ComponentStatus ConfigMap Endpoints Event LimitRange Namespace Node PersistentVolume
            PersistentVolumeClaim Pod PodTemplate ReplicationController ResourceQuota Secret Service ServiceAccount;
        admission: MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingWebhookConfiguration
            ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration;
        apiextensions: CustomResourceDefinition;
        apiregistration: APIService;
        apps: ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet;
        authentication: SelfSubjectReview TokenReview;
        authorization: LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview;
        autoscaling: HorizontalPodAutoscaler;
        autoscaling_v1: HorizontalPodAutoscaler;
        batch: CronJob Job;
        certificates: CertificateSigningRequest;
        coordination: Lease;
        discovery: EndpointSlice;
        events: Event;
        flowcontrol: FlowSchema PriorityLevelConfiguration;
        networking: IPAddress Ingress IngressClass NetworkPolicy ServiceCIDR;
        node: RuntimeClass;
        policy: Eviction PodDisruptionBudget;
        rbac: ClusterRole ClusterRoleBinding Role RoleBinding;
        resource: DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice;
        scheduling: PriorityClass;
        storage: CSIDriver CSINode CSIStorageCapacity StorageClass VolumeAttachment VolumeAttributesClass;
    }
}
