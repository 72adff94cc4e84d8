/**
 * The hundred ports of `-F`: what an owner wants to know first about a machine. Chosen by what an open port means
 * (a way in, data without a password, mail, the web), not by how often it was seen somewhere.
 */
import type { PortGroup } from './port-group.ts'

export const FIRST_HUNDRED: readonly PortGroup[] = [
  {
    title: 'The web',
    reason: 'HTTP and HTTPS with the two numbers every second server takes',
    ports: [80, 443, 8080, 8443],
  },
  {
    title: 'Remote shells and desktops',
    reason:
      'Whoever gets in here has the machine: SSH, Telnet, RDP, VNC, WinRM, the BSD r-commands, SSH moved aside',
    ports: [22, 23, 3389, 5900, 5985, 5986, 2222, 5901, 512, 513, 514],
  },
  {
    title: 'Windows and file sharing',
    reason:
      'RPC endpoint mapper, NetBIOS sessions, SMB, NFS with its portmapper, AFP, rsync, FTP in both forms',
    ports: [445, 135, 139, 111, 2049, 548, 873, 21, 990],
  },
  {
    title: 'Mail',
    reason: 'SMTP, submission (RFC 8314), POP3 and IMAP, each in the clear and over TLS',
    ports: [25, 587, 465, 110, 995, 143, 993],
  },
  {
    title: 'Names and directories',
    reason: 'DNS and DNS over TLS, LDAP, LDAPS, the global catalogue of Active Directory, Kerberos',
    ports: [53, 853, 389, 636, 3268, 3269, 88, 464],
  },
  {
    title: 'Databases',
    reason:
      'MySQL, PostgreSQL, SQL Server, Oracle, MongoDB, Redis, Memcached, Cassandra, CouchDB, ClickHouse, Db2',
    ports: [3306, 5432, 1433, 1521, 27_017, 6379, 11_211, 9042, 5984, 8123, 50_000],
  },
  {
    title: 'Search, queues and coordination',
    reason:
      'Elasticsearch, AMQP, MQTT, Kafka, ZooKeeper, NATS, RabbitMQ console, etcd, Consul, ActiveMQ, InfluxDB',
    ports: [9200, 9300, 5672, 15_672, 1883, 8883, 9092, 2181, 4222, 2379, 8500, 61_616, 8086],
  },
  {
    title: 'Clusters and containers',
    reason: 'Docker with and without TLS, Kubernetes API and node agents, a registry (5000), Vault',
    ports: [2375, 2376, 6443, 10_250, 10_255, 5000, 8200],
  },
  {
    title: 'Consoles and second web servers',
    reason:
      'Grafana, Prometheus, Kibana, Webmin, MinIO and Portainer, Jupyter, what developers leave running',
    ports: [3000, 8000, 8888, 9090, 9000, 9443, 10_000, 5601, 8081, 8008, 8088, 8889, 9091, 81, 7001, 9001],
  },
  {
    title: 'Proxies and tunnels',
    reason: 'Squid, SOCKS, PPTP: ways through the machine to others',
    ports: [3128, 1080, 1723],
  },
  {
    title: 'Voice, media, printing',
    reason: 'SIP, RTSP, IPP; 9100 is connected to only, for a raw printer port prints whatever it is sent',
    ports: [5060, 5061, 554, 631, 9100],
  },
  {
    title: 'Management and industry',
    reason: 'BGP, Zabbix agent, Modbus, Siemens S7, Android Debug Bridge, remote objects of Java',
    ports: [179, 10_050, 502, 102, 5555, 1099],
  },
]
