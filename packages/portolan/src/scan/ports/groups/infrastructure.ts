/** What servers and networks are run with: Debian's servers, Windows, directories, mail, storage, routing. */
import type { PortGroup } from './port-group.ts'

export const INFRASTRUCTURE: readonly PortGroup[] = [
  {
    title: 'Remote access under other numbers',
    reason:
      'SSH and Telnet moved or forwarded (22 with a digit before or behind it), container SSH, VNC displays, RDP',
    ports: [
      2022, 22_222, 10_022, 222, 2200, 8022, 8222, 9022, 1022, 20_022, 2323, 992, 8023, 5902, 5903, 5904,
      5905, 5906, 5907, 5908, 5909, 5910, 5800, 5801, 5802, 3388, 3390, 3391, 33_389, 13_389, 4899, 5938,
      6129, 5631, 5632, 7070, 8040, 21_115, 21_116, 21_117, 1494, 2598, 4172, 22_443,
    ],
  },
  {
    title: 'Windows and Active Directory',
    reason:
      'RPC over HTTP, directory web services, WINS, replication, Hyper-V, Message Queuing, WSUS, update management',
    ports: [
      593, 9389, 42, 5722, 2179, 1801, 2103, 2105, 2107, 3343, 5357, 5358, 47_001, 8530, 8531, 691, 10_123,
      2701, 2702, 3387, 1688, 7680, 5040, 5723, 5724, 6160, 49_443,
    ],
  },
  {
    title: 'Windows RPC',
    reason:
      'Windows starts its dynamic ports at 49152 (RFC 6335), and the first services up take the first of them',
    ports: [
      49_152, 49_153, 49_154, 49_155, 49_156, 49_157, 49_158, 49_159, 49_160, 49_161, 49_162, 49_163, 49_164,
      49_165, 49_166, 49_167, 49_664, 49_665, 49_666, 49_667, 49_668, 49_669, 49_670,
    ],
  },
  {
    title: 'Old Windows and BSD dynamic ports',
    reason: 'Before 2008 Windows and BSD handed out ports from 1024 up: RPC services, rpc.mountd, rpc.statd',
    ports: [1025, 1026, 1027, 1028, 1029, 1030, 1031, 1032],
  },
  {
    title: 'What Debian’s servers listen on',
    reason:
      'netbase lists a port only while a Debian package needs it (its own head says so): of its tcp ports those that still have a server',
    ports: [
      1, 7, 9, 13, 15, 17, 19, 20, 37, 43, 49, 70, 79, 104, 106, 113, 119, 161, 162, 174, 199, 209, 210, 427,
      515, 540, 543, 544, 563, 628, 646, 655, 749, 750, 754, 783, 989, 1093, 1094, 1194, 1352, 1524, 1649,
      1812, 1813, 2000, 2086, 2101, 2121, 2401, 2600, 2601, 2602, 2603, 2604, 2605, 2606, 2607, 2608, 2628,
      2811, 2947, 3050, 3205, 3260, 3493, 3632, 3689, 3690, 4190, 4353, 4369, 4460, 4559, 4949, 5222, 5269,
      5308, 5556, 5666, 5667, 5671, 6000, 6001, 6002, 6003, 6004, 6005, 6006, 6007, 6346, 6444, 6445, 6446,
      6514, 6566, 6667, 6697, 7000, 7100, 8140, 9101, 9102, 9103, 9418, 9667, 9673, 10_051, 10_080, 10_081,
      10_083, 10_809, 11_112, 11_371, 17_500, 24_554, 30_865,
    ],
  },
  {
    title: 'Mail beside the standard ports',
    reason:
      'Postfix and Exim second listeners, filters (amavis, milters, rspamd, ClamAV), LMTP, catch-all test servers',
    ports: [
      24, 2525, 2526, 1587, 10_024, 10_025, 10_026, 10_027, 3310, 11_332, 11_333, 11_334, 8891, 8893, 12_301,
      220, 5025, 8025, 1143, 1993,
    ],
  },
  {
    title: 'Name services and directories beside the standard ports',
    reason:
      'resolvers in containers, control of BIND, Unbound and dnsdist, LDAP in containers, RADIUS over TLS',
    ports: [
      5353, 1053, 5335, 5300, 8053, 8853, 953, 8953, 5199, 8083, 1389, 1636, 10_389, 10_636, 2083, 7389,
      50_389,
    ],
  },
  {
    title: 'Storage and clusters of storage',
    reason:
      'iSCSI, Ceph monitors and daemons, GlusterFS, DRBD, Lustre, BeeGFS, Swift, mountd, statd and lockd',
    ports: [
      860, 3300, 6789, 6800, 6801, 6802, 6803, 7480, 24_007, 24_008, 7788, 7789, 988, 8003, 8004, 8005, 6200,
      6201, 6202, 9002, 20_048, 32_765, 32_766, 32_767, 4045, 635, 892, 662,
    ],
  },
  {
    title: 'Backup',
    reason: 'Veeam, NetBackup, Networker, Acronis, Commvault, Proxmox Backup, Spectrum Protect',
    ports: [
      9392, 9398, 9401, 10_006, 1556, 13_720, 13_782, 7937, 7938, 8400, 8403, 43_234, 8007, 6101, 6106, 1500,
      1581,
    ],
  },
  {
    title: 'Routing, switching, network devices',
    reason:
      'NETCONF, gNMI, OpenFlow, OVSDB, TR-069, MSDP, MikroTik, Fortinet, Check Point, Cisco Smart Install',
    ports: [
      830, 57_400, 9339, 6653, 6633, 7547, 8291, 8728, 8729, 6640, 6641, 6642, 4786, 2002, 2443, 5678, 10_443,
      4433, 541, 703, 264, 18_231, 259, 981, 639, 711, 1900, 30_005,
    ],
  },
]
