/**
 * Names of our own, where IANA's registry has none or where nearly everything found on a port is something else
 * than IANA's assignee. Kept few: a port that several products share gets the protocol they share (`http-alt`), and
 * where even that is not clear, IANA's name stands. IANA's name stays findable as an alias.
 */
import type { Protocol } from '../states.ts'

export interface WellKnownUse {
  readonly protocol: Protocol
  readonly ports: readonly number[]
  readonly name: string
  /** What uses the port, and what IANA has there if anything. */
  readonly reason: string
}

const tcp = (ports: readonly number[], name: string, reason: string): WellKnownUse => ({
  protocol: 'tcp',
  ports,
  name,
  reason,
})
const udp = (ports: readonly number[], name: string, reason: string): WellKnownUse => ({
  protocol: 'udp',
  ports,
  name,
  reason,
})

export const WELL_KNOWN_USES: readonly WellKnownUse[] = [
  // Names that IANA orders otherwise than the world uses them.
  tcp([631], 'ipp', 'IPP in the clear is the rule (RFC 8010 section 4); our copy of the registry keeps ipps'),
  tcp([2049], 'nfs', 'NFS (RFC 7530 section 3.1); IANA lists shilp first on the same port'),
  udp([2049], 'nfs', 'NFS; IANA lists shilp first on the same port'),
  udp([1701], 'l2tp', 'L2TP (RFC 2661 section 8.1); IANA lists its forerunner l2f first'),

  // Databases and stores.
  tcp([1521], 'oracle', 'the default listener of Oracle Database; IANA: nCube License Manager'),
  tcp([8086], 'influxdb', 'the HTTP interface of InfluxDB; IANA: a SCADA rendezvous port'),
  tcp([8123], 'clickhouse', 'the HTTP interface of ClickHouse (Home Assistant too, also HTTP)'),
  tcp([9042], 'cassandra', 'the native protocol of Apache Cassandra and ScyllaDB'),
  tcp([9200], 'elasticsearch', 'Elasticsearch and OpenSearch, HTTP; IANA: WAP, gone with WAP phones'),
  tcp([9300], 'es-transport', 'between nodes of Elasticsearch and OpenSearch; IANA: a game'),
  tcp([16379], 'redis-cluster', 'the cluster bus of Redis: 6379 + 10000'),
  tcp([26379], 'redis-sentinel', 'Redis Sentinel'),
  tcp([27018, 27019], 'mongodb', 'shards and configuration servers of MongoDB'),
  tcp([50000], 'db2', 'IBM Db2 (Jenkins agents too)'),

  // Queues and coordination.
  tcp([2181], 'zookeeper', 'clients of Apache ZooKeeper; IANA: eforward'),
  tcp([9092], 'kafka', 'Apache Kafka; IANA: Xml-Ipc'),
  tcp([15672], 'rabbitmq-mgmt', 'management console of RabbitMQ, HTTP'),
  tcp([25672], 'rabbitmq-dist', 'between nodes of RabbitMQ: 5672 + 20000'),
  tcp([61613], 'stomp', 'STOMP brokers: ActiveMQ, RabbitMQ'),
  tcp([61616], 'activemq', 'OpenWire of Apache ActiveMQ'),
  tcp([8222], 'nats-monitor', 'monitoring of NATS, HTTP'),

  // Clusters.
  tcp([6443], 'kubernetes', 'Kubernetes API server, TLS; IANA: a registry of Sun’s'),
  tcp([10250], 'kubelet', 'Kubernetes node agent, TLS'),
  tcp([10255], 'kubelet-ro', 'Kubernetes node agent, read-only HTTP'),
  tcp([8200], 'vault', 'HashiCorp Vault and OpenBao; IANA: Trivnet'),
  tcp([8500], 'consul', 'HTTP interface of Consul; IANA: Flight Message Transfer Protocol'),
  tcp([4646], 'nomad', 'HTTP interface of Nomad; IANA: DOTS signals (RFC 9132)'),
  tcp([50051], 'grpc', 'the port of gRPC’s own examples, kept by many services'),

  // Web under other numbers.
  tcp([3000], 'http-alt', 'Grafana, Gitea, Rails, Node.js: all HTTP; IANA: home banking'),
  tcp([3128], 'http-proxy', 'Squid and its kin; IANA: Active API Server'),
  tcp([5601], 'kibana', 'Kibana and OpenSearch Dashboards, HTTP; IANA: Enterprise Security Agent'),
  tcp([8000, 8081, 8088, 8888], 'http-alt', 'second web servers and consoles; IANA: products out of use'),
  tcp([8443, 9443], 'https-alt', 'second TLS web servers and consoles; IANA: single products'),
  tcp([9090], 'http-alt', 'Prometheus and Cockpit, both HTTP; IANA: a console of AIX'),
  tcp([9093], 'alertmanager', 'Prometheus Alertmanager, HTTP (Kafka over TLS too); IANA: copycat'),
  tcp([10000], 'webmin', 'Webmin, HTTP (NDMP on storage); IANA: NDMP'),

  // Remote access.
  tcp([2222], 'ssh-alt', 'a second or an unprivileged SSH server; IANA: EtherNet/IP'),
  tcp([5555], 'adb', 'Android Debug Bridge over the network; IANA: personal-agent'),
  tcp([9050], 'tor-socks', 'SOCKS of Tor; IANA: Versiera'),

  // Registered to nobody.
  tcp([789], 'crimson-v3', 'Red Lion HMI programming'),
  tcp([18245], 'ge-srtp', 'GE and Emerson PLCs'),
  tcp([1911], 'niagara-fox', 'Tridium Niagara building control; IANA: mtp'),
  tcp([9600], 'fins', 'Omron PLCs; IANA: micromuse'),
  tcp([25565], 'minecraft', 'Minecraft servers'),
  udp([8125], 'statsd', 'StatsD'),
  udp([25826], 'collectd', 'the network plugin of collectd'),
  udp([27015], 'steam-query', 'game servers on Valve’s protocols'),
  udp([51820], 'wireguard', 'WireGuard; it answers none but its peers'),
  udp([64738], 'mumble', 'Mumble voice servers'),
  tcp([64738], 'mumble', 'Mumble voice servers'),
]
