//! Databases, caches, queues: they start, say so, listen and stay, or tell which variable they lack.
//!
//! Diverges: they speak no protocol; whoever connects with HTTP gets a plain refusal. Their logs are short, in words
//! of our own but for what scripts look for.

use super::server::daemon;
use super::{Image, Needs, PLAIN, any_of, version};

/// Variables that MySQL's entry point looks for.
const MYSQL: Needs = Needs {
    any: &[
        "MYSQL_ROOT_PASSWORD",
        "MYSQL_ROOT_PASSWORD_FILE",
        "MYSQL_ALLOW_EMPTY_PASSWORD",
        "MYSQL_RANDOM_ROOT_PASSWORD",
    ],
    told: "{%Y-%m-%d %H:%M:%S+00:00} [Note] [Entrypoint]: Entrypoint script for MySQL Server started.\n\
           {%Y-%m-%d %H:%M:%S+00:00} [ERROR] [Entrypoint]: Database is uninitialized and password option is not specified\n    \
           You need to specify one of the following as an environment variable:\n    \
           - MYSQL_ROOT_PASSWORD\n    - MYSQL_ALLOW_EMPTY_PASSWORD\n    - MYSQL_RANDOM_ROOT_PASSWORD\n",
};
const MARIADB: Needs = Needs {
    any: &[
        "MARIADB_ROOT_PASSWORD",
        "MARIADB_ROOT_PASSWORD_FILE",
        "MARIADB_ROOT_PASSWORD_HASH",
        "MARIADB_ALLOW_EMPTY_ROOT_PASSWORD",
        "MARIADB_RANDOM_ROOT_PASSWORD",
        "MYSQL_ROOT_PASSWORD",
        "MYSQL_ROOT_PASSWORD_FILE",
        "MYSQL_ALLOW_EMPTY_PASSWORD",
        "MYSQL_RANDOM_ROOT_PASSWORD",
    ],
    told: "{%Y-%m-%d %H:%M:%S+00:00} [Note] [Entrypoint]: Entrypoint script for MariaDB Server started.\n\
           {%Y-%m-%d %H:%M:%S+00:00} [ERROR] [Entrypoint]: Database is uninitialized and password option is not specified\n\
           \tYou need to specify one of MARIADB_ROOT_PASSWORD, MARIADB_ROOT_PASSWORD_HASH, \
           MARIADB_ALLOW_EMPTY_ROOT_PASSWORD and MARIADB_RANDOM_ROOT_PASSWORD\n",
};
const POSTGRES: Needs = Needs {
    any: &["POSTGRES_PASSWORD", "POSTGRES_PASSWORD_FILE", "POSTGRES_HOST_AUTH_METHOD"],
    told: "Error: Database is uninitialized and superuser password is not specified.\n       \
           You must specify POSTGRES_PASSWORD to a non-empty value for the\n       \
           superuser. For example, \"-e POSTGRES_PASSWORD=password\" on \"docker run\".\n\n       \
           You may also use \"POSTGRES_HOST_AUTH_METHOD=trust\" to allow all\n       \
           connections without a password. This is *not* recommended.\n\n       \
           See PostgreSQL documentation about \"trust\":\n       \
           https://www.postgresql.org/docs/current/auth-trust.html\n",
};

const LINUX: &[&str] =
    &["-alpine", "-bookworm", "-bullseye", "-trixie", "-oraclelinux9", "-debian", "-jammy", "-noble"];

pub(super) const IMAGES: &[Image] = &[
    Image {
        repository: "docker.io/library/mysql",
        has_tag: |tag| {
            any_of(tag, &["latest", "lts", "innovation"])
                || version(tag, 5, 5..=7, LINUX)
                || version(tag, 8, 0..=4, LINUX)
                || version(tag, 9, 0..=5, LINUX)
        },
        size: |_| 233_832_448,
        entrypoint: &["docker-entrypoint.sh"],
        cmd: &["mysqld"],
        server: Some(&daemon(&[3306, 33060])),
        env: &[("GOSU_VERSION", "1.19")],
        needs: Some(&MYSQL),
        log: "{%Y-%m-%d %H:%M:%S+00:00} [Note] [Entrypoint]: Entrypoint script for MySQL Server started.\n\
              {%Y-%m-%dT%H:%M:%S.%6fZ} 0 [System] [Server] /usr/sbin/mysqld: ready for connections. \
              Version: '{tag}'  socket: '/var/run/mysqld/mysqld.sock'  port: 3306  MySQL Community Server - GPL.\n",
        ..PLAIN
    },
    Image {
        repository: "docker.io/library/mariadb",
        has_tag: |tag| {
            any_of(tag, &["latest", "lts"])
                || version(tag, 10, 2..=11, LINUX)
                || version(tag, 11, 0..=8, LINUX)
                || version(tag, 12, 0..=1, LINUX)
        },
        size: |_| 109_051_904,
        entrypoint: &["docker-entrypoint.sh"],
        cmd: &["mariadbd"],
        server: Some(&daemon(&[3306])),
        needs: Some(&MARIADB),
        log: "{%Y-%m-%d %H:%M:%S} 0 [Note] mariadbd: ready for connections.\nVersion: '{tag}-MariaDB'  socket: \
              '/run/mysqld/mysqld.sock'  port: 3306  mariadb.org binary distribution\n",
        ..PLAIN
    },
    Image {
        repository: "docker.io/library/postgres",
        has_tag: |tag| any_of(tag, &["latest", "alpine"]) || (9..=18).any(|major| version(tag, major, 0..=25, LINUX)),
        size: |_| 158_334_976,
        entrypoint: &["docker-entrypoint.sh"],
        cmd: &["postgres"],
        server: Some(&daemon(&[5432])),
        env: &[("PGDATA", "/var/lib/postgresql/data"), ("LANG", "en_US.utf8")],
        needs: Some(&POSTGRES),
        log: "{%Y-%m-%d %H:%M:%S.%3f} UTC [1] LOG:  listening on IPv4 address \"0.0.0.0\", port 5432\n\
              {%Y-%m-%d %H:%M:%S.%3f} UTC [1] LOG:  database system is ready to accept connections\n",
        ..PLAIN
    },
    Image {
        repository: "docker.io/library/mongo",
        has_tag: |tag| tag == "latest" || (3..=8).any(|major| version(tag, major, 0..=6, LINUX)),
        size: |_| 311_427_072,
        entrypoint: &["docker-entrypoint.sh"],
        cmd: &["mongod"],
        server: Some(&daemon(&[27017])),
        log: "{{\"t\":{{\"$date\":\"{%Y-%m-%dT%H:%M:%S.%3f+00:00}\"}},\"s\":\"I\",\"c\":\"NETWORK\",\"id\":23016,\
              \"ctx\":\"listener\",\"msg\":\"Waiting for connections\",\"attr\":{{\"port\":27017,\"ssl\":\"off\"}}}}\n",
        ..PLAIN
    },
    Image {
        repository: "docker.io/library/memcached",
        has_tag: |tag| any_of(tag, &["latest", "alpine"]) || version(tag, 1, 4..=6, LINUX),
        size: |_| 32_505_856,
        entrypoint: &["docker-entrypoint.sh"],
        cmd: &["memcached"],
        server: Some(&daemon(&[11211])),
        user: 11211,
        ..PLAIN
    },
    Image {
        repository: "docker.io/library/rabbitmq",
        has_tag: |tag| {
            let bare = tag.strip_suffix("-management").unwrap_or(tag);
            any_of(bare, &["latest", "management", "alpine"])
                || version(bare, 3, 6..=13, LINUX)
                || version(bare, 4, 0..=2, LINUX)
        },
        size: |_| 116_391_936,
        entrypoint: &["docker-entrypoint.sh"],
        cmd: &["rabbitmq-server"],
        server: Some(&daemon(&[5672, 15672])),
        log: "{%Y-%m-%d %H:%M:%S.%6f+00:00} [info] <0.9.0> Server startup complete\n completed with 4 plugins.\n",
        ..PLAIN
    },
    Image {
        repository: "docker.io/library/cassandra",
        has_tag: |tag| tag == "latest" || (3..=5).any(|major| version(tag, major, 0..=11, LINUX)),
        size: |_| 163_577_856,
        entrypoint: &["docker-entrypoint.sh"],
        cmd: &["cassandra", "-f"],
        server: Some(&daemon(&[7000, 9042])),
        log: "INFO  [main] {%Y-%m-%d %H:%M:%S,%3f} Startup complete\n",
        ..PLAIN
    },
    Image {
        repository: "docker.io/library/elasticsearch",
        has_tag: |tag| (7..=9).any(|major| version(tag, major, 0..=19, &[])),
        ..ELASTICSEARCH
    },
    Image {
        repository: "docker.elastic.co/elasticsearch/elasticsearch",
        has_tag: |tag| (6..=9).any(|major| version(tag, major, 0..=19, &[])),
        ..ELASTICSEARCH
    },
    Image {
        repository: "docker.io/library/influxdb",
        has_tag: |tag| tag == "latest" || (1..=3).any(|major| version(tag, major, 0..=12, LINUX)),
        size: |_| 132_120_576,
        entrypoint: &["/entrypoint.sh"],
        cmd: &["influxd"],
        server: Some(&daemon(&[8086])),
        pages: &[("/health", 200, "{{\"name\":\"influxdb\",\"status\":\"pass\"}}\n"), ("/ping", 204, "")],
        ..PLAIN
    },
    Image {
        repository: "docker.io/library/nats",
        has_tag: |tag| any_of(tag, &["latest", "alpine"]) || version(tag, 2, 0..=12, LINUX),
        size: |_| 7_340_032,
        entrypoint: &["docker-entrypoint.sh"],
        cmd: &["nats-server", "--config", "nats-server.conf"],
        server: Some(&daemon(&[4222, 8222])),
        log: "[1] {%Y/%m/%d %H:%M:%S.%6f} [INF] Listening for client connections on 0.0.0.0:4222\n\
              [1] {%Y/%m/%d %H:%M:%S.%6f} [INF] Server is ready\n",
        ..PLAIN
    },
    Image {
        repository: "docker.io/library/zookeeper",
        has_tag: |tag| tag == "latest" || version(tag, 3, 4..=9, LINUX),
        size: |_| 118_489_088,
        entrypoint: &["/docker-entrypoint.sh"],
        cmd: &["zkServer.sh", "start-foreground"],
        server: Some(&daemon(&[2181])),
        log: "{%Y-%m-%d %H:%M:%S,%3f} [myid:] - INFO  [main] - binding to port 0.0.0.0/0.0.0.0:2181\n",
        ..PLAIN
    },
    Image {
        repository: "docker.io/library/eclipse-mosquitto",
        has_tag: |tag| tag == "latest" || (1..=2).any(|major| version(tag, major, 0..=6, LINUX)),
        size: |_| 5_242_880,
        entrypoint: &["/docker-entrypoint.sh"],
        cmd: &["/usr/sbin/mosquitto", "-c", "/mosquitto/config/mosquitto.conf"],
        server: Some(&daemon(&[1883])),
        log: "mosquitto running\n",
        ..PLAIN
    },
    Image {
        repository: "docker.io/valkey/valkey",
        has_tag: |tag| any_of(tag, &["latest", "alpine"]) || (7..=9).any(|major| version(tag, major, 0..=2, LINUX)),
        size: |_| 46_137_344,
        entrypoint: &["docker-entrypoint.sh"],
        cmd: &["valkey-server"],
        server: Some(&daemon(&[6379])),
        log: "1:M {%d %b %Y %H:%M:%S.%3f} * Ready to accept connections tcp\n",
        ..PLAIN
    },
    Image {
        repository: "quay.io/coreos/etcd",
        has_tag: |tag| tag == "latest" || tag.strip_prefix('v').is_some_and(|tag| version(tag, 3, 3..=6, &[])),
        size: |_| 23_641_797,
        entrypoint: &[],
        cmd: &["/usr/local/bin/etcd"],
        server: Some(&daemon(&[2379, 2380])),
        pages: &[("/health", 200, "{{\"health\":\"true\",\"reason\":\"\"}}")],
        log: "ready to serve client requests\n",
        ..PLAIN
    },
    Image {
        repository: "docker.io/minio/minio",
        has_tag: |tag| tag == "latest" || tag.starts_with("RELEASE.20"),
        size: |_| 60_817_408,
        entrypoint: &["/usr/bin/docker-entrypoint.sh"],
        cmd: &["minio"],
        server: Some(&daemon(&[9000, 9001])),
        pages: &[("/minio/health/", 200, "")],
        log: "MinIO Object Storage Server\nAPI: http://{host}:9000\n",
        ..PLAIN
    },
];

const ELASTICSEARCH: Image = Image {
    size: |_| 671_088_640,
    entrypoint: &["/bin/tini", "--", "/usr/local/bin/docker-entrypoint.sh"],
    cmd: &["eswrapper"],
    server: Some(&daemon(&[9200, 9300])),
    user: 1000,
    pages: &[
        ("/_cluster/health", 200, "{{\"cluster_name\":\"docker-cluster\",\"status\":\"green\",\"number_of_nodes\":1}}"),
        (
            "/",
            200,
            "{{\n  \"name\" : \"{host}\",\n  \"cluster_name\" : \"docker-cluster\",\n  \"version\" : {{\n    \
             \"number\" : \"{tag}\"\n  }},\n  \"tagline\" : \"You Know, for Search\"\n}}\n",
        ),
    ],
    log: "{{\"@timestamp\":\"{%Y-%m-%dT%H:%M:%S.%3fZ}\", \"log.level\": \"INFO\", \"message\":\"started\", \
          \"elasticsearch.node.name\":\"{host}\"}}\n",
    ..PLAIN
};
