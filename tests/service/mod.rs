//! Requests through a Service, asked as a learner asks: who answers how often is what the rules of
//! kube-proxy say.

use std::collections::BTreeMap;

use crate::learner::printed;
use drydock::session::{Config, Session};
use drydock::sim::Time;

/// A chi-square statistic above this comes by chance once in a thousand times; by degrees of freedom,
/// from one.
const CRITICAL: [f64; 5] = [10.83, 13.82, 16.27, 18.47, 20.52];

/// The word after `option` in a rule.
fn after<'a>(rule: &'a str, option: &str) -> Option<&'a str> {
    let mut words = rule.split(' ').skip_while(|word| *word != option);
    words.nth(1)
}

/// How likely a packet that comes to `chain` ends at each address, read from what `iptables-save` prints.
fn likelihood(saved: &str, chain: &str, arrives: f64, found: &mut BTreeMap<String, f64>) {
    let mut left = arrives;
    for rule in saved.lines().filter(|rule| after(rule, "-A") == Some(chain)) {
        let chance: f64 = after(rule, "--probability").map_or(1.0, |number| number.parse().unwrap());
        match after(rule, "-j") {
            Some("DNAT") => {
                *found.entry(after(rule, "--to-destination").unwrap().to_owned()).or_default() += left * chance
            }
            // Marks the packet, which goes on.
            Some("KUBE-MARK-MASQ") => continue,
            Some(next) => likelihood(saved, next, left * chance, found),
            None => panic!("{rule}"),
        }
        left *= 1.0 - chance;
    }
}

fn chi_square(counts: &[f64], expected: &[f64]) -> f64 {
    counts.iter().zip(expected).map(|(count, expected)| (count - expected).powi(2) / expected).sum()
}

#[test]
fn a_thousand_requests_fall_as_the_rules_say() {
    let config = Config { profile: "kubeadm".into(), seed: 21, start: Time::from_secs(1_795_164_114) };
    let mut session = Session::new(config).unwrap();
    printed(&mut session, "kubectl create deployment web --image=gcr.io/google-samples/kubernetes-bootcamp:v1");
    printed(&mut session, "kubectl expose deployment web --port=8080 --type=NodePort");
    for endpoints in [3, 4] {
        printed(&mut session, &format!("kubectl scale deployment web --replicas={endpoints}"));
        printed(&mut session, "kubectl rollout status deployment web; sleep 5");
        let port = printed(&mut session, "kubectl get service web -o jsonpath='{.spec.ports[0].nodePort}'");
        let saved = printed(&mut session, "iptables-save -t nat");
        let entry = saved.lines().find(|rule| after(rule, "--dport") == Some(&port)).unwrap();
        let mut expected = BTreeMap::new();
        likelihood(&saved, after(entry, "-j").unwrap(), 1000.0, &mut expected);
        assert_eq!(expected.len(), endpoints);
        assert!((expected.values().sum::<f64>() - 1000.0).abs() < 1e-3, "every request is answered: {expected:?}");

        let answers =
            printed(&mut session, &format!("for ((i = 0; i < 1000; i++)); do curl -s localhost:{port}; done"));
        let pods =
            "kubectl get pods -o jsonpath='{range .items[*]}{.status.podIP}:8080 {.metadata.name}{\"\\n\"}{end}'";
        let pods = printed(&mut session, pods);
        let names: BTreeMap<&str, &str> = pods.lines().filter_map(|line| line.split_once(' ')).collect();
        let count = |address: &String| answers.matches(&format!("Running on: {} ", names[&**address])).count() as f64;
        let counts: Vec<f64> = expected.keys().map(count).collect();
        assert!((counts.iter().sum::<f64>() - 1000.0).abs() < 0.5, "{counts:?}");

        let statistic = |expected: &[f64]| chi_square(&counts, expected);
        let expected: Vec<f64> = expected.into_values().collect();
        let critical = CRITICAL[endpoints - 2];
        assert!(statistic(&expected) < critical, "{counts:?} for {expected:?}: {}", statistic(&expected));
        // The statistic can tell: had each rule drawn 1/n of what reaches it instead of 1/n of all,
        // these counts would be refused.
        let mut left = 1000.0;
        let mut wrong: Vec<f64> = (1..endpoints)
            .map(|_| {
                let taken = left / endpoints as f64;
                left -= taken;
                taken
            })
            .collect();
        wrong.push(left);
        assert!(statistic(&wrong) > critical, "{counts:?} would pass for {wrong:?} too");
    }
}

/// Sets ingress-nginx up, with two versions behind one name: the second for so many per cent.
fn canary(session: &mut Session, weight: u32) -> String {
    let site = "https://raw.githubusercontent.com/kubernetes/ingress-nginx/main/deploy/static/provider/baremetal";
    printed(session, &format!("kubectl apply -f {site}/deploy.yaml"));
    for version in ["v1", "v2"] {
        let image = format!("gcr.io/google-samples/kubernetes-bootcamp:{version}");
        printed(session, &format!("kubectl create deployment {version} --image={image}"));
        printed(session, &format!("kubectl expose deployment {version} --port=80 --target-port=8080"));
    }
    printed(session, "kubectl create ingress main --class=nginx --rule='/*=v1:80'");
    let annotations = format!(
        "--annotation nginx.ingress.kubernetes.io/canary=true \
         --annotation nginx.ingress.kubernetes.io/canary-weight={weight}"
    );
    printed(session, &format!("kubectl create ingress canary --class=nginx --rule='/*=v2:80' {annotations}"));
    printed(session, "kubectl wait --for=condition=Ready pod --all -A");
    let port = "kubectl get service -n ingress-nginx ingress-nginx-controller -o jsonpath='{.spec.ports[0].nodePort}'";
    printed(session, port)
}

#[test]
fn a_canary_takes_its_share() {
    for weight in [10, 50] {
        let config = Config { profile: "kubeadm".into(), seed: 22, start: Time::from_secs(1_795_164_114) };
        let mut session = Session::new(config).unwrap();
        let port = canary(&mut session, weight);
        let ask = format!("for ((i = 0; i < 1000; i++)); do curl -s localhost:{port}; done");
        let answers = printed(&mut session, &ask);
        let count = |version: &str| answers.matches(version).count() as f64;
        let counts = [count("v=1"), count("v=2")];
        assert!((counts.iter().sum::<f64>() - 1000.0).abs() < 0.5, "{counts:?}");
        let share = f64::from(weight) * 10.0;
        let statistic = |share: f64| chi_square(&counts, &[1000.0 - share, share]);
        assert!(statistic(share) < CRITICAL[0], "{counts:?} for {weight} per cent: {}", statistic(share));
        // A share of half as much again would be refused.
        assert!(statistic(share * 1.5) > CRITICAL[0], "{counts:?} would pass for another weight");
    }
}
