import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { delimited } from '../../src/net/framing-delimiter.ts'
import { lengthPrefixed, type LengthPrefixOptions } from '../../src/net/framing-length.ts'
import { pipe } from '../../src/net/pipe.ts'
import { checkLeaks } from '../socket/leak-check.ts'
import { PythonPeer } from '../socket/python-peer.ts'
import { rejection, thrown } from '../socket/rejection.ts'
import { collect, decodeAll, sendInPieces, text } from './framing-pieces.ts'
import { pattern, toPython } from './stream-pairs.ts'

checkLeaks()

const RUNS = { numRuns: 200 }
const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 })
const WIDTHS = [1, 2, 3, 4, 8] as const

/** Python's way to write the prefix, by width: struct has no 3 bytes. */
const prefixes = fc.record({
  bytes: fc.constantFrom(...WIDTHS),
  littleEndian: fc.boolean(),
})

describe('length-prefixed frames', () => {
  test('come back as they went, however they are cut', () =>
    fc.assert(
      fc.asyncProperty(
        prefixes,
        fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 8 }),
        sizes,
        async (options, payloads, pieces) => {
          const codec = lengthPrefixed(options)
          const wire = Buffer.concat(payloads.flatMap((payload) => codec.encode(payload)))
          assert.deepEqual(await decodeAll(codec, wire, pieces), payloads.map(text))
        },
      ),
      RUNS,
    ))

  test('have the prefix that node:buffer writes', () => {
    const payload = pattern(200)
    for (const bytes of WIDTHS)
      for (const littleEndian of [false, true]) {
        const expected = Buffer.alloc(bytes)
        if (bytes === 8) {
          if (littleEndian) expected.writeBigUInt64LE(200n)
          else expected.writeBigUInt64BE(200n)
        } else if (littleEndian) expected.writeUIntLE(200, 0, bytes)
        else expected.writeUIntBE(200, 0, bytes)
        const wire = Buffer.concat(lengthPrefixed({ bytes, littleEndian }).encode(payload))
        assert.deepEqual(wire, Buffer.concat([expected, payload]))
      }
  })

  test('agree with Python, both ways', async () => {
    await using python = new PythonPeer()
    await using conn = await toPython(python)
    const frames = conn.frames(lengthPrefixed({ bytes: 4, littleEndian: true, maxLength: 200_000 }))
    await frames.send('to python')
    await frames.send(new Uint8Array(0))
    await frames.send(pattern(100_000))
    const digest = await python.text(
      `h = hashlib.sha256()
for i in range(3):
    n, = struct.unpack('<I', receive_exactly(c, 4)); h.update(b'%d:' % n + receive_exactly(c, n))
out = h.hexdigest()`,
    )
    const { createHash } = await import('node:crypto')
    const hash = createHash('sha256').update('9:to python').update('0:').update('100000:')
    assert.equal(digest, hash.update(pattern(100_000)).digest('hex'))
    await python.run(
      "for p in (b'', b'x', b'y' * 150000): c.sendall(struct.pack('<I', len(p)) + p)\nc.close()",
    )
    const got = await collect(frames)
    assert.deepEqual(
      got.map((frame) => frame.byteLength),
      [0, 1, 150_000],
    )
    assert.ok(got[2]?.every((byte) => byte === 0x79))
  })

  test('with a hostile length are refused at the prefix: nothing is waited for, nothing reserved', async () => {
    const hostile: readonly (readonly [LengthPrefixOptions, string])[] = [
      [{ bytes: 1, maxLength: 254 }, 'ff'],
      [{ bytes: 2, maxLength: 65_534 }, 'ffff'],
      [{ bytes: 3 }, 'ffffff'],
      [{ bytes: 4 }, 'ffffffff'],
      [{ bytes: 4 }, '80000000'],
      [{ bytes: 4, littleEndian: true }, '01001000'],
      [{ bytes: 8 }, 'ffffffffffffffff'],
      [{ bytes: 8 }, '0020000000000001'],
      [{ bytes: 8, littleEndian: true }, '0000000000002000'],
      [{ bytes: 8, maxLength: 2 ** 53 - 1 }, '0020000000000000'],
      [{ bytes: 8, maxLength: 2 ** 53 - 1 }, '8000000000000000'],
    ]
    for (const [options, prefix] of hostile) {
      const [one, other] = pipe()
      await one.write(Buffer.from(prefix, 'hex'))
      const error = await rejection(other.frames(lengthPrefixed(options)).receive({ timeout: 5000 }))
      assert.equal(error.code, 'ERR_FRAME_TOO_LONG', prefix)
      assert.equal(text(await other.read()), Buffer.from(prefix, 'hex').toString('latin1'))
      await Promise.all([one.close(), other.close()])
    }
  })

  test('of exactly maxLength pass, one more is refused on both sides', async () => {
    const codec = lengthPrefixed({ bytes: 2, maxLength: 300 })
    const [one, other] = pipe()
    const frames = other.frames(codec)
    await one.frames(codec).send(pattern(300))
    assert.equal((await frames.receive())?.byteLength, 300)
    const refused = await rejection(one.frames(codec).send(pattern(301)))
    assert.equal(refused.code, 'ERR_FRAME_TOO_LONG')
    assert.equal(refused.syscall, 'write')
    await one.frames(lengthPrefixed({ bytes: 2 })).send(pattern(301))
    assert.equal((await rejection(frames.receive())).code, 'ERR_FRAME_TOO_LONG')
    await Promise.all([one.close(), other.close()])
  })

  test('longer than their prefix can say are not sent', () => {
    assert.equal(thrown(() => lengthPrefixed({ bytes: 1 }).encode(pattern(256))).code, 'ERR_FRAME_TOO_LONG')
    assert.equal(Buffer.concat(lengthPrefixed({ bytes: 1 }).encode(pattern(255))).byteLength, 256)
  })
})

describe('delimited frames', () => {
  test('come back as they went, however they are cut, and what would not is not sent', () =>
    fc.assert(
      fc.asyncProperty(
        // Two letters only, so that delimiters overlap with themselves and with payloads.
        fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 5 }),
        fc.array(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 8 }), { maxLength: 6 }),
        sizes,
        async (letters, words, pieces) => {
          const delimiter = letters.join('')
          const codec = delimited(delimiter)
          const sent: string[] = []
          const wire: Uint8Array[] = []
          for (const word of words.map((parts) => parts.join(''))) {
            const payload = Buffer.from(word)
            if (`${word}${delimiter}`.indexOf(delimiter) === word.length) {
              wire.push(...codec.encode(payload))
              sent.push(word)
            } else assert.equal(thrown(() => codec.encode(payload)).code, 'ERR_FRAME_HAS_DELIMITER')
          }
          assert.deepEqual(await decodeAll(codec, Buffer.concat(wire), pieces), sent)
        },
      ),
      RUNS,
    ))

  test('are cut where splitting the whole text cuts it', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 4 }),
        fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 40 }),
        sizes,
        async (letters, parts, pieces) => {
          const delimiter = letters.join('')
          const wire = `${parts.join('')}${delimiter}`
          const expected = wire.split(delimiter)
          const rest = expected.pop()
          const [one, other] = pipe()
          const sent = sendInPieces(one, Buffer.from(wire), pieces)
          const got: (string | null)[] = []
          for (const _ of expected) got.push(text(await other.readUntil(delimiter)))
          assert.deepEqual(got, expected)
          if (rest === '') assert.equal(await other.readUntil(delimiter), null)
          else assert.equal((await rejection(other.readUntil(delimiter))).code, 'ERR_FRAME_TRUNCATED')
          await sent
          await Promise.all([one.close(), other.close()])
        },
      ),
      RUNS,
    ))

  test('end at a delimiter that began again within itself: aab in aaab, byte by byte', async () => {
    assert.deepEqual(await decodeAll(delimited('aab'), Buffer.from('aaabxaaaaabaab'), [1]), ['a', 'xaaa', ''])
    assert.deepEqual(await decodeAll(delimited('abab'), Buffer.from('ababababab_abab'), [1]), ['', '', 'ab_'])
    assert.deepEqual(await decodeAll(delimited('\r\n\r\n'), Buffer.from('a\r\n\r\r\n\r\n'), [1]), ['a\r\n\r'])
  })

  test('over the cap are refused as soon as no delimiter can come in time', async () => {
    const cases: readonly (readonly [string, string, boolean])[] = [
      // Cap of 4: whether what came may still become a frame.
      ['1234', 'aab', true],
      ['1234a', 'aab', true],
      ['1234aa', 'aab', true],
      ['12345', 'aab', false],
      ['1234b', 'aab', false],
      ['1234ab', 'aab', false],
      ['123aaa', 'aab', true],
      ['1234aaa', 'aab', false],
      ['12aaa', 'aab', true],
    ]
    for (const [came, delimiter, mayEnd] of cases) {
      const [one, other] = pipe()
      await one.write(came)
      const error = await rejection(other.readUntil(delimiter, { maxLength: 4, timeout: 20 }))
      assert.equal(error.code, mayEnd ? 'ERR_SOCKET_TIMEOUT' : 'ERR_FRAME_TOO_LONG', came)
      assert.equal(text(await other.read()), came)
      await Promise.all([one.close(), other.close()])
    }
  })

  test('longer than the cap are refused the same however much has come already', async () => {
    for (const pieces of [[1], [3], [100]]) {
      const [one, other] = pipe()
      const sent = sendInPieces(one, Buffer.from('1234--12345--'), pieces)
      assert.equal(text(await other.readUntil('--', { maxLength: 4 })), '1234')
      assert.equal((await rejection(other.readUntil('--', { maxLength: 4 }))).code, 'ERR_FRAME_TOO_LONG')
      assert.equal(text(await other.readUntil('--', { maxLength: 5 })), '12345')
      await sent
      await Promise.all([one.close(), other.close()])
    }
  })

  test('need a delimiter, and a cap that is a whole number', async () => {
    assert.throws(() => delimited(''), RangeError)
    assert.throws(() => delimited(new Uint8Array(0)), RangeError)
    assert.throws(() => delimited('x', { maxLength: -1 }), RangeError)
    assert.throws(() => lengthPrefixed({ bytes: 4, maxLength: 0.5 }), RangeError)
    const [one, other] = pipe()
    await assert.rejects(other.readUntil(''), RangeError)
    await assert.rejects(other.readExactly(-1), RangeError)
    await assert.rejects(other.readExactly(Number.NaN), RangeError)
    await Promise.all([one.close(), other.close()])
  })

  test('do not change with the bytes that the delimiter was made of', async () => {
    const mark = Buffer.from('--')
    const codec = delimited(mark)
    mark.fill(0)
    assert.deepEqual(await decodeAll(codec, Buffer.from('a--b--'), [100]), ['a', 'b'])
  })
})
