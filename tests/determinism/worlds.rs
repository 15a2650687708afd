//! Worlds with a log each, run natively and in the browser.

use drydock::session::{Config, Entry, Input, Session};
use drydock::sim::{Duration, Time};

/// A world and what is done to it.
#[derive(Clone, Copy)]
pub struct World {
    /// For messages.
    pub name: &'static str,
    /// Profile.
    pub profile: &'static str,
    /// Seed.
    pub seed: u64,
    /// Lines typed into the first terminal, each so many milliseconds after the one before.
    pub typed: &'static [(u64, &'static str)],
}

/// All of them.
pub const ALL: &[World] = &[
    World {
        name: "scale",
        profile: "kubeadm",
        seed: 7,
        typed: &[
            (
                100,
                "kubectl create deployment kubernetes-bootcamp --image=gcr.io/google-samples/kubernetes-bootcamp:v1\r",
            ),
            (400, "kubectl expose deployment/kubernetes-bootcamp --type=NodePort --port 8080\r"),
            (3_000, "kubectl scale deployments/kubernetes-bootcamp --replicas=4; kubectl get pods -w\r"),
            (6_000, "\x03"),
            (
                500,
                "for i in 1 2 3 4 5; do curl -s $(hostname):$(kubectl get svc kubernetes-bootcamp -o jsonpath='{.spec.ports[0].nodePort}'); done\r",
            ),
            (4_000, "kubectl delete deployment kubernetes-bootcamp --wait=false\r"),
        ],
    },
    World {
        name: "shell",
        profile: "minikube",
        seed: 11,
        typed: &[
            (10, "while true; do date; sleep 0.3; done | head -n 7 > log.txt &\r"),
            (50, "echo $RANDOM $$; cat log.txt\r"),
            (3_000, "cat log.txt; wait\r"),
            (10, "sleep 100\r"),
            (1_234, "\x03"),
            (10, "kubectl get pods -A -o wide\r"),
        ],
    },
    // As deep as each interpreter goes before it refuses, and past that: a browser's stack is smaller.
    World {
        name: "deep",
        profile: "kubeadm",
        seed: 3,
        typed: &[
            (10, "n() { printf \"$1%.0s\" $(seq 1 $2); }\r"),
            (500, "for d in 30 100 149 4000; do eval \"$(n '{ ' $d) echo braces $d $(n '; }' $d)\"; done\r"),
            (3_000, "for d in 30 100 149; do eval \"echo $(n '$(echo ' $d) words $d $(n ')' $d)\"; done\r"),
            (9_000, "f() { f; }; f\r"),
            (3_000, "for d in 50 59 5000; do eval \"echo \\$(($(n '(' $d) $d $(n ')' $d)))\"; done\r"),
            (3_000, "for d in 45 49 5000; do echo a | grep -E \"$(n '(' $d)a$(n ')' $d)\"; done\r"),
            (
                3_000,
                "n [ 5000 | kubectl apply -f -; n '{\"a\":' 5000 | kubectl apply -f -; n '- ' 5000 | kubectl apply -f -\r",
            ),
            (3_000, "kubectl get ns default -o go-template=\"$(n '{{if true}}' 3000)\"\r"),
            (
                3_000,
                "kubectl get ns default -o go-template=\"{{$(n '(' 3000)\"; kubectl get ns default -o jsonpath=\"$(n '{range .}' 3000)\"\r",
            ),
        ],
    },
];

impl World {
    /// What it is made from.
    pub fn config(&self) -> Config {
        Config { profile: self.profile.to_owned(), seed: self.seed, start: Time::from_secs(1_795_164_114) }
    }

    /// What is done to it.
    pub fn log(&self) -> Vec<Entry> {
        let mut at = self.config().start;
        let mut log = vec![Entry { at, input: Input::Resize { terminal: 0, columns: 80, rows: 24 } }];
        for &(wait, text) in self.typed {
            at += Duration::from_millis(wait);
            log.push(Entry { at, input: Input::Keys { terminal: 0, text: text.to_owned() } });
        }
        at += Duration::from_millis(777);
        log.push(Entry { at, input: Input::Check { id: 1, script: "kubectl get deployments".to_owned() } });
        log
    }

    /// When to look.
    pub fn until(&self) -> Time {
        self.log().last().map_or(Time(0), |entry| entry.at) + Duration::from_secs(45)
    }

    /// The hash of the world that all this leads to.
    pub fn hash(&self) -> u64 {
        match Session::replay(&self.config(), &self.log(), |_, _| true) {
            Ok(mut session) => {
                session.advance_to(self.until());
                session.state_hash()
            }
            Err(problem) => panic!("{}: {problem:?}", self.name),
        }
    }
}
