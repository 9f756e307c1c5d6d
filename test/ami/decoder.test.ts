import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AmiProtocolError } from '../../src/ami/index.ts';
import { decode, decoding } from './decoding.ts';
import { GREETING } from './fake-asterisk.ts';
import { channelLines, wire } from './samples.ts';

/** A stream with one of everything that the wire has to offer. */
const STREAM = Buffer.from(
  [
    GREETING,
    'Response: Success\r\nActionID: a-1\r\nMessage: Authentication accepted\r\n\r\n',
    wire('Newchannel', ...channelLines('', { CallerIDName: 'Grüße 🚪 名前' })),
    wire('VarSet', ...channelLines(), 'Variable: X', 'Value: a\\nb\\\\c\\"d'),
    'Event: NobodyKnowsThis\r\nFoo: bar\r\n\r\n',
    'Response: Success\r\nActionID: a-2\r\nMessage: Park successful\n\r\n\r\n',
    wire('DialBegin', ...channelLines(), ...channelLines('Dest'), 'DialString: 6002'),
    'Event: ParkedCall\r\nParkeeChannel: PJSIP/1\r\nParkingSpace: 701\r\nActionID: a-3\r\n\r\n',
    'Response: Success\r\nActionID: a-4\r\nOutput: one\r\nOutput: \r\nOutput: three: 3\r\n\r\n',
    wire('UserEvent', ...channelLines(), 'UserEvent: Door', 'who: 🔔', 'who: again'),
    wire('Hangup', ...channelLines(), 'Cause: 16', 'Cause-txt: Normal Clearing'),
  ].join(''),
);

describe('cuts', () => {
  const whole = decode(STREAM);

  it('finds everything when nothing is cut', () => {
    expect(whole.versions).toEqual(['11.0.0']);
    expect(whole.events.map((event) => event.Event)).toEqual([
      'Newchannel',
      'VarSet',
      'DialBegin',
      'ParkedCall',
      'UserEvent',
      'Hangup',
    ]);
    expect(whole.actionIds[3]).toBe('a-3');
    expect(whole.responses).toHaveLength(3);
    expect(whole.skipped).toBe(1);
    expect(whole.events[0]).toMatchObject({ CallerIDName: 'Grüße 🚪 名前', ConnectedLineNum: '' });
  });

  it('finds the same cut in two at any byte', () => {
    for (let at = 0; at <= STREAM.length; at++) {
      expect(decode(STREAM.subarray(0, at), STREAM.subarray(at))).toEqual(whole);
    }
  });

  it('finds the same byte by byte', () => {
    expect(decode(...[...STREAM].map((byte) => Buffer.of(byte)))).toEqual(whole);
  });

  it('finds the same cut anywhere, however often', () => {
    const cuts = fc.array(fc.nat(STREAM.length), { maxLength: 60 });
    fc.assert(
      fc.property(cuts, (places) => {
        const edges = [0, ...places.sort((a, b) => a - b), STREAM.length];
        const chunks = edges.slice(1).map((edge, i) => STREAM.subarray(edges[i], edge));
        expect(decode(...chunks)).toEqual(whole);
      }),
    );
  });

  it('does not keep the chunk, which its owner uses again', () => {
    const { decoder, found } = decoding();
    const shared = Buffer.alloc(64);
    for (let at = 0; at < STREAM.length; at += shared.length) {
      const length = STREAM.copy(shared, 0, at, at + shared.length);
      decoder.write(shared.subarray(0, length));
      shared.fill(0x58);
    }
    expect(found.events).toEqual(whole.events);
  });
});

describe('events', () => {
  it('reads headers in whatever order they come, as they did before or not', () => {
    const lines = channelLines('', { Context: 'one', Exten: 'two' });
    const stream = [
      lines,
      [...lines].reverse(),
      lines.slice(5),
      [...lines.slice(7), ...lines.slice(0, 7)],
    ].map((variant) => wire('Newstate', ...variant));
    const { events } = decode(GREETING, stream.join(''));
    const [first] = events;
    expect(events[1]).toEqual(first);
    expect(events[3]).toEqual(first);
    expect(events[2]).toEqual({ ...first, ...cleared(lines.slice(0, 5)) });
  });

  it('gives an empty text for a header that did not come, and for <unknown>', () => {
    const { events } = decode(GREETING, wire('Hangup', 'Channel: <unknown>', 'Cause: 16'));
    expect(events[0]).toMatchObject({ Channel: '', Uniqueid: '', Cause: '16', 'Cause-txt': '' });
  });

  it('undoes C escapes in names of a channel snapshot, and only there', () => {
    const lines = ['CallerIDName: O\\\'Brien \\"B\\" \\\\ \\n\\r<script>', 'Exten: 4\\n4', 'AppData: a\\,b'];
    const { events } = decode(
      GREETING,
      wire('Newexten', ...lines),
      wire('OriginateResponse', lines[0] ?? ''),
    );
    expect(events[0]).toMatchObject({
      CallerIDName: 'O\'Brien "B" \\ \n\r<script>',
      Exten: '4\\n4',
      AppData: 'a\\,b',
    });
    expect(events[1]).toMatchObject({ CallerIDName: 'O\\\'Brien \\"B\\" \\\\ \\n\\r<script>' });
  });

  it('takes the first of two headers of one name', () => {
    const { events } = decode(
      GREETING,
      wire('Newchannel', 'Channel: real', 'Exten: ', 'Channel: fake', 'Exten: 9'),
    );
    expect(events[0]).toMatchObject({ Channel: 'real', Exten: '' });
  });

  it('keeps a line feed within a value: it begins no header', () => {
    const { events } = decode(GREETING, wire('Newexten', 'AppData: a\nChannel: fake', 'Exten: 1'));
    expect(events[0]).toMatchObject({ AppData: 'a\nChannel: fake', Channel: '', Exten: '1' });
  });

  it('passes over a line without a colon', () => {
    const { events } = decode(GREETING, wire('Newchannel', 'nonsense', 'Channel: a', 'more', 'Exten: 1'));
    expect(events[0]).toMatchObject({ Channel: 'a', Exten: '1' });
  });

  it("keeps a user event's own headers apart, repeated ones and look-alikes too", () => {
    const own = ['UserEvent: Door', 'Channel: fake', 'key: 1', 'key: 2', 'ChanVariable: A=\\"q\\"'];
    const { events } = decode(
      GREETING,
      wire('UserEvent', ...channelLines(), ...own),
      wire('UserEvent', ...own),
    );
    const headers = [
      ['Channel', 'fake'],
      ['key', '1'],
      ['key', '2'],
      ['ChanVariable', 'A="q"'],
    ];
    expect(events[0]).toMatchObject({ UserEvent: 'Door', Channel: 'PJSIP/6001-0000002a', headers });
    expect(events[1]).toMatchObject({ UserEvent: 'Door', Channel: '', headers });
  });

  it('cannot be taught without end by names that nobody declared', () => {
    const { decoder, found } = decoding();
    decoder.write(Buffer.from(GREETING));
    for (let i = 0; i < 5000; i++)
      decoder.write(Buffer.from(wire('Newchannel', `X-${i}: 1`, `Channel: ${i}`)));
    expect(found.events.every((event, i) => 'Channel' in event && event.Channel === String(i))).toBe(true);
  });

  it('skips what nobody wants, and reads it once somebody does', () => {
    const { decoder, found } = decoding(1 << 20, []);
    decoder.write(Buffer.from(GREETING + wire('Hangup', 'Channel: a')));
    decoder.want('Hangup', 1);
    decoder.write(Buffer.from(wire('Hangup', 'Channel: b') + wire('HangupRequest', 'Channel: c')));
    expect(found.events).toMatchObject([{ Event: 'Hangup', Channel: 'b' }]);
    expect(decoder.skipped).toBe(2);
  });

  it('tells the end of a list by the action that asked for it', () => {
    const { decoder, found } = decoding(1 << 20, ['ParkedCallsComplete']);
    decoder.write(Buffer.from(GREETING));
    decoder.write(Buffer.from('Event: ParkedCallsComplete\r\nActionID: x-7\r\nEventList: Complete\r\n\r\n'));
    expect(found.listEnds).toEqual(['x-7']);
  });
});

describe('answers', () => {
  it('keep repeated headers in order, and lose a stray line feed', () => {
    const { responses } = decode(
      GREETING,
      'Response: Success\r\nOutput: a\r\nOutput: \r\nOutput: b: c\r\nMessage: Park successful\n\r\n\r\n',
    );
    expect(responses).toEqual([
      [
        ['Response', 'Success'],
        ['Output', 'a'],
        ['Output', ''],
        ['Output', 'b: c'],
        ['Message', 'Park successful'],
      ],
    ]);
  });

  it('of a Command from before Asterisk 14 hold its bare lines', () => {
    const { responses } = decode(
      GREETING,
      'Response: Follows\r\nPrivilege: Command\r\nActionID: 9\r\nName: x\n\nsecond\n--END COMMAND--\r\n\r\n',
      'Response: Success\r\nActionID: 10\r\n\r\n',
    );
    expect(responses[0]).toEqual([
      ['Response', 'Follows'],
      ['Privilege', 'Command'],
      ['ActionID', '9'],
      ['Output', 'Name: x'],
      ['Output', ''],
      ['Output', 'second'],
    ]);
    expect(responses).toHaveLength(2);
  });
});

describe('links with bare line feeds', () => {
  it('give the same messages', () => {
    const text = STREAM.toString().replace('Park successful\n', 'Park successful').replaceAll('\r\n', '\n');
    const expected = decode(STREAM);
    const bytes = Buffer.from(text);
    expect(decode(bytes)).toEqual(expected);
    expect(decode(...[...bytes].map((byte) => Buffer.of(byte)))).toEqual(expected);
  });
});

describe('what is no AMI', () => {
  it.each([
    ['a web server', 'HTTP/1.1 400 Bad Request\r\n'],
    ['a mail server', '220 smtp\r\n'],
    ['a greeting without end', 'Asterisk Call Manager'.padEnd(5000, '/')],
  ])('is refused: %s', (_, text) => {
    expect(() => decode(text)).toThrow(AmiProtocolError);
    expect(() => decode(...text)).toThrow(AmiProtocolError);
  });

  it('is refused at the first wrong byte', () => {
    expect(() => decode('Aster', 'oid')).toThrow(/does not greet as an Asterisk manager: "Asteroid"/);
  });
});

describe('limits', () => {
  it('refuses a message over the limit, in one chunk or in many', () => {
    const long = wire('Newchannel', `Channel: ${'x'.repeat(2000)}`);
    const oneChunk = decoding(1024);
    expect(() => oneChunk.decoder.write(Buffer.from(GREETING + long))).toThrow(/more than 1024 bytes/);
    const many = decoding(1024);
    const chunks = (GREETING + long).match(/.{1,100}/gs) ?? [];
    expect(() => {
      for (const chunk of chunks) many.decoder.write(Buffer.from(chunk));
    }).toThrow(/more than 1024 bytes/);
  });

  it('holds no more than the limit of a line of 100 MB', () => {
    const { decoder } = decoding(1 << 20);
    const chunk = Buffer.alloc(1 << 16, 'x');
    decoder.write(Buffer.from(`${GREETING}Event: Newchannel\r\nChannel: `));
    let taken = 0;
    const feed = () => {
      for (; taken < 100 << 20; taken += chunk.length) decoder.write(chunk);
    };
    expect(feed).toThrow(AmiProtocolError);
    expect(taken).toBeLessThanOrEqual(1 << 20);
  });
});

function cleared(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(lines.map((line) => [line.split(':')[0] ?? '', '']));
}
