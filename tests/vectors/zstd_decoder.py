"""A zstd frame decoder after RFC 8878: one frame, no dictionary. Correct before fast, standard library only.

Numbers in brackets are sections of RFC 8878. What a frame may not do is refused with ZstdError: ending early, bytes left over,
references before the start of the output, more or less output than announced, a window above the caller's limit.
"""
import struct

MAGIC = 0xFD2FB528
MAX_BLOCK = 128 << 10
MASK64 = (1 << 64) - 1


class ZstdError(Exception):
    pass


def check(condition, text):
    if not condition:
        raise ZstdError(text)


# ---- XXH64, of which the content checksum is the lower half [3.1.1] -----------------------------------------------------------

P1, P2, P3 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
P4, P5 = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5


def _rotate(value, count):
    return (value << count | value >> (64 - count)) & MASK64


def _round(lane, word):
    return _rotate((lane + word * P2) & MASK64, 31) * P1 & MASK64


def xxh64(data, seed=0):
    size, pos = len(data), 0
    if size >= 32:
        lanes = [(seed + P1 + P2) & MASK64, (seed + P2) & MASK64, seed, (seed - P1) & MASK64]
        while size - pos >= 32:
            lanes = [_round(lane, word) for lane, word in zip(lanes, struct.unpack_from("<4Q", data, pos))]
            pos += 32
        value = sum(_rotate(lane, count) for lane, count in zip(lanes, (1, 7, 12, 18))) & MASK64
        for lane in lanes:
            value = ((value ^ _round(0, lane)) * P1 + P4) & MASK64
    else:
        value = (seed + P5) & MASK64
    value = (value + size) & MASK64
    while size - pos >= 8:
        value = (_rotate(value ^ _round(0, struct.unpack_from("<Q", data, pos)[0]), 27) * P1 + P4) & MASK64
        pos += 8
    if size - pos >= 4:
        value = (_rotate(value ^ struct.unpack_from("<I", data, pos)[0] * P1 & MASK64, 23) * P2 + P3) & MASK64
        pos += 4
    for byte in data[pos:]:
        value = _rotate(value ^ byte * P5 & MASK64, 11) * P1 & MASK64
    value = (value ^ value >> 33) * P2 & MASK64
    value = (value ^ value >> 29) * P3 & MASK64
    return value ^ value >> 32


# ---- Bit streams --------------------------------------------------------------------------------------------------------------

class BackwardBits:
    """Bits read from the end of the data towards its start, most significant first; the highest set bit of the last byte only
    marks the end [4.1]. Reading beyond the start gives zeros, `left` then is negative."""

    def __init__(self, data):
        check(len(data) > 0 and data[-1] != 0, "bit stream without its end mark")
        self.left = 8 * (len(data) - 1) + data[-1].bit_length() - 1
        # Python shifts a large integer in time proportional to its size, so only a window of it is kept at hand.
        self.data, self.window, self.window_start = data, 0, self.left + 1

    def read(self, count):
        if count == 0:
            return 0
        self.left -= count
        if self.left < 0:
            known = self.left + count
            return self.peek(0, known) << -self.left & (1 << count) - 1 if known > 0 else 0
        return self.peek(self.left, count)

    def peek(self, start, count):
        if start < self.window_start:
            first = max(0, start // 8 - 256)
            self.window = int.from_bytes(self.data[first:start // 8 + 16], "little")
            self.window_start = first * 8
        return self.window >> (start - self.window_start) & (1 << count) - 1


# ---- FSE [4.1] ------------------------------------------------------------------------------------------------------------------

class FseTable:
    """For each state: symbol, number of bits to read, base to add them to."""

    def __init__(self, probabilities, accuracy):
        size = 1 << accuracy
        symbols, high = [0] * size, size - 1
        for symbol, probability in enumerate(probabilities):
            if probability == -1:                       # "less than 1": one cell at the end
                symbols[high] = symbol
                high -= 1
        step, pos = (size >> 1) + (size >> 3) + 3, 0
        for symbol, probability in enumerate(probabilities):
            for _ in range(max(probability, 0)):
                symbols[pos] = symbol
                pos = (pos + step) & (size - 1)
                while pos > high:
                    pos = (pos + step) & (size - 1)
        check(pos == 0, "FSE table does not close")
        following = [1 if probability == -1 else probability for probability in probabilities]
        self.accuracy, self.rows = accuracy, []
        for state in range(size):
            symbol = symbols[state]
            number = following[symbol]
            following[symbol] += 1
            bits = accuracy - (number.bit_length() - 1)
            self.rows.append((symbol, bits, (number << bits) - size))

    @classmethod
    def single(cls, symbol):
        """RLE: one state, no bits."""
        table = cls.__new__(cls)
        table.accuracy, table.rows = 0, [(symbol, 0, 0)]
        return table


def read_fse(data, pos, max_accuracy, max_symbol):
    """The table described at data[pos:] [4.1.1] and the position after it."""
    bits, used = int.from_bytes(data[pos:pos + 512], "little"), 0
    available = 8 * (len(data) - pos)

    def take(count):
        nonlocal used
        check(used + count <= available, "FSE description ends early")
        value = bits >> used & (1 << count) - 1
        used += count
        return value

    accuracy = take(4) + 5
    check(accuracy <= max_accuracy, "FSE accuracy")
    remaining, probabilities = (1 << accuracy) + 1, []
    while remaining > 1:
        # Values 0..remaining need `width` bits; the lowest ones are coded with one bit less.
        check(len(probabilities) <= max_symbol, "FSE symbol too large")
        width = remaining.bit_length()
        spare = (1 << width) - 1 - remaining
        value = bits >> used & (1 << width) - 1
        if value & (1 << width - 1) - 1 < spare:
            value &= (1 << width - 1) - 1
            take(width - 1)
        else:
            if value >= 1 << width - 1:
                value -= spare
            take(width)
        probability = value - 1
        probabilities.append(probability)
        remaining -= abs(probability)
        if probability == 0:
            repeat = 3
            while repeat == 3:
                repeat = take(2)
                probabilities += [0] * repeat
                check(len(probabilities) <= max_symbol + 1, "FSE symbol too large")
    check(remaining == 1, "FSE probabilities do not add up")
    return FseTable(probabilities, accuracy), pos + (used + 7) // 8


# ---- Huffman [4.2] --------------------------------------------------------------------------------------------------------------

class Huffman:
    """table[next max_bits bits] = (symbol, bits it uses)"""

    def __init__(self, weights):
        total = sum(1 << weight - 1 for weight in weights if weight)
        check(total > 0, "Huffman table without symbols")
        self.max_bits = total.bit_length()
        rest = (1 << self.max_bits) - total             # weight of the last symbol is implied
        check(rest & rest - 1 == 0 and self.max_bits <= 11, "Huffman weights")
        weights = weights + [rest.bit_length()]
        check(sum(weight == 1 for weight in weights) >= 2, "Huffman tree is not complete")
        self.table = []
        for weight in range(1, self.max_bits + 1):
            for symbol, its_weight in enumerate(weights):
                if its_weight == weight:
                    self.table += [(symbol, self.max_bits + 1 - weight)] * (1 << weight - 1)
        check(len(self.table) == 1 << self.max_bits, "Huffman weights")

    def decode(self, data, count):
        bits, out = BackwardBits(data), bytearray()
        table, width = self.table, self.max_bits
        for _ in range(count):
            left = bits.left
            check(left > 0, "literals end early")
            index = bits.peek(left - width, width) if left >= width else bits.peek(0, left) << width - left
            symbol, used = table[index]
            bits.left = left - used
            out.append(symbol)
        check(bits.left == 0, "literals do not end with their bit stream")
        return bytes(out)


def read_huffman(data, pos):
    check(pos < len(data), "Huffman description missing")
    head = data[pos]
    pos += 1
    if head >= 128:                                     # direct: two weights per byte
        count = head - 127
        size = (count + 1) // 2
        check(pos + size <= len(data), "Huffman description ends early")
        weights = [data[pos + i // 2] >> (0 if i % 2 else 4) & 15 for i in range(count)]
        return Huffman(weights), pos + size
    end = pos + head
    check(end <= len(data), "Huffman description ends early")
    table, start = read_fse(data[:end], pos, 6, 255)
    bits = BackwardBits(data[start:end])
    states = [bits.read(table.accuracy), bits.read(table.accuracy)]
    check(bits.left >= 0, "Huffman weights end early")
    weights, turn = [], 0
    while True:
        # Two states in turn; when the next state would need bits that are not there, the other one gives the last weight.
        symbol, count, base = table.rows[states[turn]]
        weights.append(symbol)
        check(len(weights) < 255, "too many Huffman weights")
        if bits.left < count:
            weights.append(table.rows[states[1 - turn]][0])
            break
        states[turn] = base + bits.read(count)
        turn = 1 - turn
    check(all(weight <= 11 for weight in weights) and len(weights) <= 255, "Huffman weights")
    return Huffman(weights), end


# ---- Blocks [3.1.1.2, 3.1.1.3] -----------------------------------------------------------------------------------------------------

LITERAL_LENGTHS = [(value, 0) for value in range(16)] + [
    (16, 1), (18, 1), (20, 1), (22, 1), (24, 2), (28, 2), (32, 3), (40, 3), (48, 4), (64, 6), (128, 7), (256, 8), (512, 9),
    (1024, 10), (2048, 11), (4096, 12), (8192, 13), (16384, 14), (32768, 15), (65536, 16)]
MATCH_LENGTHS = [(value, 0) for value in range(3, 35)] + [
    (35, 1), (37, 1), (39, 1), (41, 1), (43, 2), (47, 2), (51, 3), (59, 3), (67, 4), (83, 4), (99, 5), (131, 7), (259, 8), (515, 9),
    (1027, 10), (2051, 11), (4099, 12), (8195, 13), (16387, 14), (32771, 15), (65539, 16)]

DEFAULT_LITERALS = FseTable([4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1,
                             -1, -1, -1, -1], 6)
DEFAULT_MATCHES = FseTable([1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                            1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1], 6)
DEFAULT_OFFSETS = FseTable([1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1], 5)
# default table, largest accuracy, largest symbol: literal lengths, offsets, match lengths
CODES = [(DEFAULT_LITERALS, 9, 35), (DEFAULT_OFFSETS, 8, 31), (DEFAULT_MATCHES, 9, 52)]


class FrameState:
    """What later blocks take over from earlier ones."""

    def __init__(self):
        self.huffman = None
        self.tables = [None, None, None]
        self.offsets = [1, 4, 8]


def read_literals(block, state):
    """(literals, position after their section) [3.1.1.3.1]"""
    check(len(block) >= 1, "empty compressed block")
    kind, form = block[0] & 3, block[0] >> 2 & 3
    if kind < 2:                                        # raw or RLE
        size, bits = {0: (1, 5), 2: (1, 5), 1: (2, 12), 3: (3, 20)}[form]
        check(len(block) >= size, "literals header ends early")
        count = int.from_bytes(block[:size], "little") >> 8 * size - bits
        check(count <= MAX_BLOCK, "too many literals")
        stored = 1 if kind == 1 else count
        check(size + stored <= len(block), "literals end early")
        literals = block[size:size + stored]
        return literals * count if kind == 1 else literals, size + stored
    streams, size, bits = {0: (1, 3, 10), 1: (4, 3, 10), 2: (4, 4, 14), 3: (4, 5, 18)}[form]
    check(len(block) >= size, "literals header ends early")
    header = int.from_bytes(block[:size], "little") >> 4
    count, stored = header & (1 << bits) - 1, header >> bits
    check(count <= MAX_BLOCK, "too many literals")
    pos, end = size, size + stored
    check(end <= len(block), "literals end early")
    if kind == 2:
        state.huffman, pos = read_huffman(block[:end], pos)
    check(state.huffman, "literals repeat a Huffman table that is not there")
    if streams == 1:
        return state.huffman.decode(block[pos:end], count), end
    check(end - pos >= 10 and count >= 6, "literals in four streams are too short")
    sizes = struct.unpack_from("<3H", block, pos)
    pos += 6
    check(sum(sizes) < end - pos, "sizes of literal streams")
    part, literals = (count + 3) // 4, b""
    counts = [part, part, part, count - 3 * part]
    check(counts[3] >= 0, "literals in four streams are too short")
    for size, number in zip([*sizes, end - pos - sum(sizes)], counts):
        literals += state.huffman.decode(block[pos:pos + size], number)
        pos += size
    return literals, end


def read_sequences(block, pos, state):
    """(literal length, offset value, match length) of each sequence [3.1.1.3.2]"""
    check(pos < len(block), "sequences missing")
    count = block[pos]
    if count >= 128:
        size = 2 if count < 255 else 3
        check(pos + size <= len(block), "sequences header ends early")
        count = (count - 128 << 8) + block[pos + 1] if size == 2 else block[pos + 1] + (block[pos + 2] << 8) + 0x7F00
        pos += size
    else:
        pos += 1
    if count == 0:
        check(pos == len(block), "bytes after the last sequence")
        return
    check(pos < len(block), "sequences header ends early")
    modes = block[pos]
    pos += 1
    check(modes & 3 == 0, "reserved bits of the sequences header")
    for index, (default, max_accuracy, max_symbol) in enumerate(CODES):
        mode = modes >> 6 - 2 * index & 3
        if mode == 0:
            state.tables[index] = default
        elif mode == 1:
            check(pos < len(block) and block[pos] <= max_symbol, "RLE code of sequences")
            state.tables[index] = FseTable.single(block[pos])
            pos += 1
        elif mode == 2:
            state.tables[index], pos = read_fse(block, pos, max_accuracy, max_symbol)
        check(state.tables[index], "sequences repeat a table that is not there")
    bits = BackwardBits(block[pos:])
    lengths, offsets, matches = state.tables
    length_state, offset_state, match_state = (bits.read(table.accuracy) for table in (lengths, offsets, matches))
    for number in range(count):
        length_code, length_bits, length_base = lengths.rows[length_state]
        offset_code, offset_bits, offset_base = offsets.rows[offset_state]
        match_code, match_bits, match_base = matches.rows[match_state]
        offset = (1 << offset_code) + bits.read(offset_code)
        base, extra = MATCH_LENGTHS[match_code]
        match_length = base + bits.read(extra)
        base, extra = LITERAL_LENGTHS[length_code]
        yield base + bits.read(extra), offset, match_length
        if number + 1 < count:
            length_state = length_base + bits.read(length_bits)
            match_state = match_base + bits.read(match_bits)
            offset_state = offset_base + bits.read(offset_bits)
        check(bits.left >= 0, "sequences end early")
    check(bits.left == 0, "sequences do not end with their bit stream")


def repeat_offset(value, literal_length, offsets):
    """The distance an offset value means; keeps the three last distances up to date [3.1.1.5]."""
    if value > 3:
        distance = value - 3
        offsets[:] = [distance, offsets[0], offsets[1]]
        return distance
    index = value - 1 + (literal_length == 0)
    distance = offsets[index] if index < 3 else offsets[0] - 1
    check(distance > 0, "repeated offset of zero")
    if index:
        del offsets[min(index, 2)]
        offsets.insert(0, distance)
    return distance


def decode_block(block, state, out, limit, window):
    start = len(out)
    literals, pos = read_literals(block, state)
    used = 0
    for literal_length, value, match_length in read_sequences(block, pos, state):
        check(used + literal_length <= len(literals), "sequence wants more literals than there are")
        check(len(out) + literal_length + match_length <= limit, "more output than announced")
        out += literals[used:used + literal_length]
        used += literal_length
        distance = repeat_offset(value, literal_length, state.offsets)
        check(distance <= min(len(out), window), "reference before the start of the output or of the window")
        if distance >= match_length:
            begin = len(out) - distance
            out += out[begin:begin + match_length]
        else:                                           # the match reaches into itself: its last `distance` bytes repeat
            out += (out[-distance:] * (match_length // distance + 1))[:match_length]
        check(len(out) - start <= MAX_BLOCK, "block of more than 128 KiB")
    check(len(out) + len(literals) - used <= limit, "more output than announced")
    out += literals[used:]
    check(len(out) - start <= min(MAX_BLOCK, window), "block larger than the window or 128 KiB")


# ---- Frame [3.1.1] ------------------------------------------------------------------------------------------------------------------

def decode_frame(data, out_length, max_window):
    """Exactly out_length bytes out of exactly one frame."""
    data, out = bytes(data), bytearray()
    check(len(data) >= 6, "frame too short")
    magic, descriptor = struct.unpack_from("<IB", data)
    check(magic == MAGIC, "not a zstd frame")
    single, has_checksum = descriptor >> 5 & 1, descriptor >> 2 & 1
    check(descriptor & 8 == 0, "reserved bit of the frame header")
    pos, window = 5, 0
    if not single:
        exponent, mantissa = data[pos] >> 3, data[pos] & 7
        window = (1 << 10 + exponent) * (8 + mantissa) // 8
        pos += 1
    id_size = (0, 1, 2, 4)[descriptor & 3]
    size_size = (single, 2, 4, 8)[descriptor >> 6]
    check(pos + id_size + size_size <= len(data), "frame header ends early")
    check(all(byte == 0 for byte in data[pos:pos + id_size]), "frame needs a dictionary")
    pos += id_size
    content_size = None
    if size_size:
        content_size = int.from_bytes(data[pos:pos + size_size], "little") + (256 if size_size == 2 else 0)
        check(content_size == out_length, f"frame announces {content_size} bytes instead of {out_length}")
    pos += size_size
    window = content_size if single else window
    check(window <= max_window, f"window of {window} bytes")
    state, last = FrameState(), 0
    while not last:
        check(pos + 3 <= len(data), "block header ends early")
        header = int.from_bytes(data[pos:pos + 3], "little")
        pos += 3
        last, kind, size = header & 1, header >> 1 & 3, header >> 3
        check(kind != 3, "reserved block type")
        check(size <= min(MAX_BLOCK, window), "block larger than the window or 128 KiB")
        stored = 1 if kind == 1 else size
        check(pos + stored <= len(data), "block ends early")
        block = data[pos:pos + stored]
        pos += stored
        if kind == 2:
            decode_block(block, state, out, out_length, window)
        else:
            check(len(out) + size <= out_length, "more output than announced")
            out += block * size if kind == 1 else block
    if has_checksum:
        check(pos + 4 <= len(data), "checksum missing")
        check(struct.unpack_from("<I", data, pos)[0] == xxh64(out) & 0xFFFFFFFF, "content checksum")
        pos += 4
    check(pos == len(data), "bytes after the frame")
    check(len(out) == out_length, f"{len(out)} bytes instead of {out_length}")
    return bytes(out)
