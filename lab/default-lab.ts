/** The lab of `npm run lab`: small, and with something to find out about each host. */
import type { HostSpec } from './spec.ts'

/** A host and what a newcomer should know before scanning it. */
export interface DescribedHost {
  readonly about: string
  readonly spec: HostSpec
}

/** Hosts by name. */
export const DEFAULT_LAB: Readonly<Record<string, DescribedHost>> = {
  web: {
    about: 'a web server with mail and file transfer; 8080 resets, 8443 listens with a full queue',
    spec: {
      addresses: ['198.18.0.10', '2001:2::10'],
      ports: {
        21: { kind: 'banner', text: '220 files.lab.test FTP server ready\r\n' },
        22: { kind: 'banner', text: 'SSH-2.0-lab_1.0\r\n' },
        25: { kind: 'banner', text: '220 mail.lab.test ESMTP\r\n' },
        80: { kind: 'silent' },
        443: { kind: 'silent' },
        3306: { kind: 'accept' },
        8080: { kind: 'accept-and-reset' },
        8443: { kind: 'full-backlog' },
      },
    },
  },
  wall: {
    about: 'a firewall: 1-999 dropped but 22, 1000-1999 reset, 2000-2999 and 3000-3999 refused by ICMP',
    spec: {
      addresses: ['198.18.0.20', '2001:2::20'],
      ports: {
        '20-25': { kind: 'banner', text: 'SSH-2.0-lab_1.0\r\n' },
        1080: { kind: 'accept' },
        2049: { kind: 'accept' },
        3306: { kind: 'accept' },
        5432: { kind: 'silent' },
      },
      firewall: [
        { ports: '1-21', action: 'drop' },
        { ports: '23-999', action: 'drop' },
        { ports: '1000-1999', action: 'reject-rst' },
        { ports: '2000-2999', action: 'reject-icmp' },
        { ports: '3000-3999', action: 'reject-icmp', icmp: 'admin-prohibited' },
      ],
    },
  },
  far: {
    about: 'behind a bad link: 5 % of the packets lost each way, 2 Mbit/s; every hundredth port is open',
    spec: {
      addresses: ['198.18.0.30'],
      ports: Object.fromEntries(
        Array.from({ length: 100 }, (_, index) => [(index + 1) * 100, { kind: 'accept' }] as const),
      ),
      link: { lossPercent: 5, rate: '2mbit' },
    },
  },
  six: {
    about: 'IPv6 alone',
    spec: {
      addresses: ['2001:2::40'],
      ports: { 22: { kind: 'banner', text: 'SSH-2.0-lab_1.0\r\n' }, 80: { kind: 'silent' } },
    },
  },
  crowd: {
    about: '4096 addresses that are all one host',
    spec: {
      addresses: ['198.18.1.1'],
      ranges: ['198.18.16.0/20'],
      ports: { 22: { kind: 'banner', text: 'SSH-2.0-lab_1.0\r\n' }, 80: { kind: 'silent' } },
    },
  },
}
