/** What homes, offices and plants have on the network: printers, cameras, phones, media, games, controllers. */
import type { PortGroup } from './port-group.ts'

export const DEVICES: readonly PortGroup[] = [
  {
    title: 'Industry and buildings',
    reason:
      'controllers should not be reachable at all, so that an open port is worth knowing; a connect is harmless',
    ports: [
      20_000, 44_818, 2404, 4840, 4843, 47_808, 1911, 4911, 1962, 789, 18_245, 18_246, 5007, 5006, 5094, 2455,
      20_547, 34_962, 34_980, 1089, 1091, 802, 2221, 3671, 41_794, 41_795, 41_796,
    ],
  },
  {
    title: 'Printers and scanners',
    reason:
      'raw ports of print servers and scan gateways. As 9100 they are connected to only: nothing is ever sent there',
    ports: [9107, 9220, 3910, 3911, 54_921],
  },
  {
    title: 'Telephones and conferences',
    reason: 'SIP, H.323, MGCP, Asterisk manager, TURN, Matrix, Mattermost, Mumble, TeamSpeak, XMPP, IRC',
    ports: [
      1720, 5062, 5070, 2427, 5038, 3478, 3479, 5349, 5350, 8448, 8065, 64_738, 10_011, 30_033, 5223, 5298,
      5275, 5347, 3481, 6665, 6666, 6668, 6669, 1503, 1719, 2944, 1863, 5190,
    ],
  },
  {
    title: 'Cameras and media',
    reason:
      'RTSP and camera makers’ own ports, RTMP, Plex, Jellyfin, Chromecast, Sonos, television sets, NetUSB',
    ports: [
      8554, 10_554, 1935, 1936, 34_567, 37_777, 9530, 32_400, 32_469, 8920, 1400, 1443, 1755, 3400, 6600,
      4747, 7236, 55_000, 1926, 20_005,
    ],
  },
  {
    title: 'Homes and workstations',
    reason:
      'synchronisation, file sharing between peers, NAS consoles, screen and input sharing, media managers',
    ports: [
      5009, 5354, 22_000, 6881, 6882, 6883, 6889, 51_413, 4662, 6690, 1716, 24_800, 27_036, 57_621, 3283,
      7878, 9117, 6767, 9696,
    ],
  },
  {
    title: 'Game servers',
    reason: 'Minecraft and its remote console, Valve, Rust, FiveM: they run long and unpatched',
    ports: [25_565, 25_575, 27_015, 28_016, 2302, 30_120],
  },
  {
    title: 'Money and hidden networks',
    reason:
      'Bitcoin, Ethereum, Monero, Litecoin, Lightning, IPFS, Tor, I2P: wallets and relays an owner should know of',
    ports: [
      8332, 18_332, 18_333, 8545, 8546, 30_303, 9332, 9333, 9735, 10_009, 3333, 4001, 9050, 9051, 9030, 9040,
      7657, 4444, 26_656, 9944, 30_333,
    ],
  },
  {
    title: 'Tunnels and proxies under other numbers',
    reason: 'OpenVPN administration, L2TP, Clash, Shadowsocks, v2ray, SOCKS and HTTP proxies moved aside',
    ports: [
      943, 1701, 7500, 7890, 7891, 9097, 8388, 8389, 1081, 1082, 1085, 10_808, 2080, 3127, 3129, 8119, 8213,
      6588, 4145, 9150, 6969, 2053,
    ],
  },
  {
    title: 'Left by intruders',
    reason:
      'defaults of well-known back doors and of the tools of testers: finding one open settles the question',
    ports: [4445, 5554, 31_337, 27_374, 1337, 9996, 54_321, 65_535, 50_050, 55_553, 7331],
  },
  {
    title: 'Platforms of many services',
    reason:
      'OpenStack’s services, Hadoop’s consoles, WildFly administration, XMPP over HTTP, AEM, Tika, Varnish, Supabase, Collabora',
    ports: [
      9990, 9993, 8774, 8775, 8776, 8778, 8779, 8780, 8786, 9292, 9311, 9511, 6385, 8041, 50_075, 50_090,
      9870, 9864, 8188, 19_888, 14_000, 5280, 5281, 4502, 4503, 9998, 6081, 6082, 6543, 9980,
    ],
  },
]
