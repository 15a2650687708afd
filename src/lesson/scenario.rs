//! `index.json`: Killercoda's, and the older Katacoda's where it differs.

use super::fields::{self, Fields};
use super::paths::{beside, glob};
use super::problem::Problem;
use crate::collections::SortedMap;

/// What `index.json` says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scenario {
    /// Its title; the only part that has to be there.
    pub title: String,
    /// A sentence or two.
    pub description: Option<String>,
    /// In the author's words.
    pub difficulty: Option<String>,
    /// How long it takes, in the author's words.
    pub time: Option<String>,
    /// What comes before the steps.
    pub intro: Option<Part>,
    /// The steps.
    pub steps: Vec<Part>,
    /// What comes after them.
    pub finish: Option<Part>,
    /// Files to put on the hosts.
    pub assets: Vec<Asset>,
    /// The machine image that the author asks for: `kubernetes-kubeadm-2nodes`.
    pub image: Option<String>,
    /// How the author lays the screen out: `terminal`, `editor-terminal`.
    pub layout: Option<String>,
    /// Whether it has the additions of this project.
    pub ours: bool,
    /// The seed of its world, if it has one.
    pub seed: Option<u64>,
    /// The version of Kubernetes that the texts speak of.
    pub kubernetes: Option<String>,
    /// The languages, beside the source's, that it is translated to.
    pub languages: Vec<String>,
    /// The cluster profile that it asks for by our name.
    pub(super) profile: Option<String>,
    /// By language: what a title or description of this file is called there.
    pub(super) translations: SortedMap<String, SortedMap<String, String>>,
}

/// The intro, a step or the end: files, all relative to the scenario's folder.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Part {
    /// Its title.
    pub title: Option<String>,
    /// What is read.
    pub text: Option<String>,
    /// What checks it.
    pub verify: Option<String>,
    /// What runs in the learner's terminal when it begins.
    pub foreground: Option<String>,
    /// What runs unseen when it begins.
    pub background: Option<String>,
}

/// Files to put on a host.
#[derive(Clone, Debug, PartialEq)]
pub struct Asset {
    /// `host01`.
    pub host: String,
    /// Which files of the folder `assets/`, as a glob.
    pub pattern: String,
    /// The folder that they go to.
    pub target: String,
    /// `+x`, or nothing.
    pub chmod: Option<String>,
}

/// One file put on a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// The file in the scenario's folder.
    pub file: String,
    /// Its path on the host.
    pub path: String,
    /// Whether it can be executed.
    pub executable: bool,
}

impl Scenario {
    /// Reads an `index.json`. What can be read is; the problems say what cannot.
    pub fn parse(text: &str) -> Result<(Scenario, Vec<Problem>), Problem> {
        let object = fields::object("index.json", text)?;
        let mut problems = Vec::new();
        let mut root = Fields { file: "index.json", place: String::new(), object: &object, problems: &mut problems };
        let mut scenario = Scenario {
            description: root.text("description"),
            difficulty: root.text("difficulty"),
            time: root.text("time"),
            ..Scenario::default()
        };
        match root.text("title").or_else(|| root.text("pathwayTitle")) {
            Some(title) => scenario.title = title,
            None => root.note("title", "a scenario needs a title"),
        }
        match root.inside("details") {
            Some(details) => scenario.read_details(details),
            None => root.note("details", "a scenario needs details: what to read and to do"),
        }
        if let Some(mut backend) = root.inside("backend") {
            scenario.image = backend.text("imageid").or_else(|| backend.text("dockerimage"));
        }
        scenario.layout = root.inside("interface").and_then(|mut interface| interface.text("layout"));
        if scenario.layout.is_none() {
            scenario.layout = root.inside("environment").and_then(|mut old| old.text("uilayout"));
        }
        if let Some(drydock) = root.inside("drydock") {
            scenario.read_drydock(drydock);
        }
        Ok((scenario, problems))
    }

    fn read_details(&mut self, mut details: Fields) {
        self.intro = details.inside("intro").map(Part::read);
        let steps = &mut self.steps;
        details.each("steps", |step| steps.push(Part::read(step)));
        self.finish = details.inside("finish").map(Part::read);
        let assets = &mut self.assets;
        if let Some(mut hosts) = details.inside("assets") {
            let names: Vec<String> = hosts.object.keys().cloned().collect();
            for host in names {
                hosts.each(&host, |mut asset| {
                    let Some(pattern) = asset.text("file") else { return asset.note("file", "an asset needs a file") };
                    let target = asset.text("target").unwrap_or_else(|| "~/".to_owned());
                    assets.push(Asset { host: host.clone(), pattern, target, chmod: asset.text("chmod") });
                });
            }
        }
    }

    fn read_drydock(&mut self, mut drydock: Fields) {
        self.ours = true;
        self.profile = drydock.text("profile");
        self.seed = drydock.number("seed");
        self.kubernetes = drydock.text("kubernetes");
        if let Some(mut translations) = drydock.inside("translations") {
            for language in translations.object.keys() {
                let Some(mut table) = translations.inside(language) else { continue };
                let keys = table.object.keys();
                let table = keys.filter_map(|source| Some((source.clone(), table.text(source)?))).collect();
                self.translations.insert(language.clone(), table);
            }
        }
        self.languages = self.translations.keys().cloned().collect();
    }

    /// The cluster profile that the scenario's world has.
    pub fn profile(&self) -> &str {
        match &self.profile {
            Some(profile) => profile,
            None => self.nearest().0,
        }
    }

    /// What the world lacks of the machines that the author asked for, if something.
    pub fn stand_in(&self) -> Option<String> {
        let (profile, exact) = self.nearest();
        if exact || self.profile.is_some() {
            return None;
        }
        let asked = match &self.image {
            Some(image) => format!("backend.imageid: {image} is not simulated"),
            None => "backend.imageid: it is not said".to_owned(),
        };
        Some(format!("{asked}, the nearest profile stands in: {profile}"))
    }

    /// The profile nearest to the image, and whether it is that. Katacoda's images have a version behind a colon.
    fn nearest(&self) -> (&'static str, bool) {
        let image = self.image.as_deref().unwrap_or_default();
        let image = image.split(':').next().unwrap_or_default();
        match image {
            "kubernetes-kubeadm-2nodes" | "kubernetes-kubeadm-2nodes-rapid" | "kubernetes-cluster-running" => {
                ("killercoda", true)
            }
            "kubernetes-kubeadm-1node" | "kubernetes-kubeadm-1node-rapid" | "kubernetes-kubeadm-1node-4GB" => {
                ("killercoda-1node", true)
            }
            "kubernetes-k3s-1node" => ("k3s", true),
            "minikube-running" => ("minikube", true),
            _ if image.contains("minikube") => ("minikube", false),
            _ if image.contains("k3s") => ("k3s", false),
            _ if image.contains("1node") => ("killercoda-1node", false),
            _ => ("killercoda", false),
        }
    }

    /// The intro, the steps and the end, in order.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        self.intro.iter().chain(&self.steps).chain(&self.finish)
    }

    /// A title or description of this file in a language, if it is translated.
    pub fn translation(&self, source: &str, language: &str) -> Option<&str> {
        self.translations.get(language)?.get(source).map(String::as_str)
    }

    /// What the file calls in the translations that it no longer has in its source.
    pub(super) fn leftover_translations(&self) -> Vec<(&str, &str)> {
        let sources = self.displayed();
        let all = self
            .translations
            .iter()
            .flat_map(|(language, table)| table.keys().map(move |key| (language.as_str(), key.as_str())));
        all.filter(|(_, key)| !sources.contains(key)).collect()
    }

    /// The titles and descriptions that are shown.
    pub(super) fn displayed(&self) -> Vec<&str> {
        let own = [Some(&self.title), self.description.as_ref(), self.difficulty.as_ref(), self.time.as_ref()];
        let titles = self.parts().map(|part| part.title.as_ref());
        own.into_iter().chain(titles).flatten().map(String::as_str).collect()
    }

    /// The files to put on a host, given all files of the scenario's folder.
    pub fn install<'a>(&self, host: &str, files: impl Iterator<Item = &'a str> + Clone) -> Vec<Installed> {
        let mut installed = Vec::new();
        for asset in self.assets.iter().filter(|asset| asset.host() == host) {
            for file in files.clone() {
                let Some(inside) = file.strip_prefix("assets/").filter(|_| asset.matches(file)) else { continue };
                // What stands before the first star of the pattern is not part of the target's path.
                let fixed = asset.pattern.find('*').map_or(asset.pattern.as_str(), |star| &asset.pattern[..star]);
                let kept = &inside[fixed.rfind('/').map_or(0, |slash| slash + 1)..];
                let target = match asset.target.strip_prefix('~') {
                    Some(inside) => format!("/root{inside}"),
                    None if asset.target.starts_with('/') => asset.target.clone(),
                    None => format!("/root/{}", asset.target),
                };
                let path = format!("{}/{kept}", target.trim_end_matches('/'));
                let executable =
                    asset.chmod.as_deref().is_some_and(|mode| mode.contains('x') || mode.contains(['7', '5']));
                installed.push(Installed { file: file.to_owned(), path, executable });
            }
        }
        installed
    }
}

impl Asset {
    /// The host, by Killercoda's name: Katacoda's learners sat on `client` where there was one.
    fn host(&self) -> &str {
        if self.host == "client" { "host01" } else { &self.host }
    }

    /// Whether it goes to another machine than the learner's.
    pub(super) fn is_elsewhere(&self) -> bool {
        self.host() != "host01"
    }

    /// Whether a file of the scenario's folder is among those that it puts on its host.
    pub(super) fn matches(&self, file: &str) -> bool {
        file.strip_prefix("assets/").is_some_and(|inside| glob(&self.pattern, inside))
    }
}

impl Part {
    fn read(mut fields: Fields) -> Part {
        Part {
            title: fields.text("title"),
            text: fields.path("text"),
            verify: fields.path("verify"),
            // Katacoda's names.
            foreground: fields.path("foreground").or_else(|| fields.path("code")),
            background: fields.path("background").or_else(|| fields.path("courseData")),
        }
    }

    /// What a learner's progress remembers the part by: it stays when parts change places.
    pub fn key(&self) -> &str {
        let text = self.text.as_deref().or(self.verify.as_deref()).unwrap_or_default();
        match text.rsplit_once('/') {
            Some((folder, _)) => folder,
            None => text.trim_end_matches(".md"),
        }
    }

    /// The file of that name beside the part's text: its hint, its solution.
    pub(super) fn beside(&self, name: &str) -> Option<String> {
        Some(beside(self.text.as_deref().or(self.verify.as_deref())?, name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Scenario, Vec<String>) {
        let (scenario, problems) = Scenario::parse(text).unwrap();
        (scenario, problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn killercoda() {
        let (scenario, problems) = read(
            r#"{"title": "A", "time": 10, "details": {
                "intro": {"text": "intro.md", "background": "intro/background.sh"},
                "steps": [{"title": "One", "text": "step1/text.md", "verify": "./step1/verify.sh"}, {"text": "step2.md"}],
                "finish": {"text": "finish.md"},
                "assets": {"host01": [{"file": "app/**/*.yaml", "target": "/root"}, {"file": "run.sh", "target": "~/", "chmod": "+x"}]}},
               "backend": {"imageid": "kubernetes-kubeadm-1node"}, "interface": {"layout": "terminal"}}"#,
        );
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!((scenario.title.as_str(), scenario.time.as_deref()), ("A", Some("10")));
        assert_eq!(scenario.steps[0].verify.as_deref(), Some("step1/verify.sh"));
        assert_eq!(scenario.parts().map(Part::key).collect::<Vec<_>>(), ["intro", "step1", "step2", "finish"]);
        assert_eq!(scenario.profile(), "killercoda-1node");
        let files = ["assets/app/a.yaml", "assets/app/x/b.yaml", "assets/run.sh", "intro.md"];
        let installed = scenario.install("host01", files.into_iter());
        let told: Vec<(&str, bool)> = installed.iter().map(|one| (one.path.as_str(), one.executable)).collect();
        assert_eq!(told, [("/root/a.yaml", false), ("/root/x/b.yaml", false), ("/root/run.sh", true)]);
    }

    #[test]
    fn katacoda() {
        let (scenario, problems) = read(
            r#"{"pathwayTitle": "P", "details": {"intro": {"text": "intro.md", "courseData": "env.sh", "code": "set.sh"},
                "steps": [{"title": "One", "text": "step1.md", "code": "one.sh"}]},
               "environment": {"uilayout": "editor-terminal"}, "backend": {"dockerimage": "minikube-running:1.20"}}"#,
        );
        assert_eq!(problems, Vec::<String>::new());
        let intro = scenario.intro.clone().unwrap();
        assert_eq!((intro.background.as_deref(), intro.foreground.as_deref()), (Some("env.sh"), Some("set.sh")));
        assert_eq!(scenario.steps[0].foreground.as_deref(), Some("one.sh"));
        assert_eq!((scenario.profile(), scenario.layout.as_deref()), ("minikube", Some("editor-terminal")));
    }

    #[test]
    fn what_is_wrong_is_said_and_the_rest_is_read() {
        let (scenario, problems) = read(
            r#"{"title": ["x"], "details": {"steps": [1, {"text": "../../etc/passwd"}, {"text": "ok.md", "title": {}}]}, "drydock": {"seed": -1}}"#,
        );
        assert_eq!(
            problems,
            [
                "index.json: title: it should be a text, not a list",
                "index.json: title: a scenario needs a title",
                "index.json: details.steps[0]: it should be an object, not a number",
                "index.json: details.steps[1].text: ../../etc/passwd is not a path inside the folder",
                "index.json: details.steps[2].title: it should be a text, not an object",
                "index.json: drydock.seed: it should be a whole number, not a number",
            ]
        );
        assert_eq!(scenario.steps.len(), 2);
        for text in ["", "[]", "{", "null", &"[".repeat(10_000)] {
            assert!(Scenario::parse(text).is_err(), "{text}");
        }
    }
}
