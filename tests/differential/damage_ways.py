"""The ways in which a file gets damaged, for damage.py and mutate.py."""

KINDS = ("flip", "cut", "delete", "insert", "zero", "splice")


def damage(data, how, chance):
    """(damaged bytes, kept pieces [(first, last)] of the original in its order, first damaged offset)"""
    size = len(data)
    start = chance.randrange(min(200, size // 2), size)
    end = min(size, start + chance.choice([1, 2, 3, 17, 60, 255, 512, 4096]))
    if how == "flip":
        hits = sorted({chance.randrange(min(200, size // 2), size) for _ in range(chance.choice([1, 2, 5, 20]))})
        out = bytearray(data)
        for hit in hits:
            out[hit] ^= 1 << chance.randrange(8)
        edges = [-1] + hits + [size]
        return bytes(out), [(a + 1, b) for a, b in zip(edges, edges[1:])], hits[0]
    if how == "cut":
        return data[:start], [(0, start)], start
    if how == "delete":
        return data[:start] + data[end:], [(0, start), (end, size)], start
    if how == "zero":
        return data[:start] + bytes(end - start) + data[end:], [(0, start), (end, size)], start
    if how == "insert":
        return data[:start] + chance.randbytes(end - start) + data[start:], [(0, start), (start, size)], start
    target = chance.randrange(min(200, size // 2), size)
    target = end if start <= target < end else target
    piece, rest = data[start:end], data[:start] + data[end:]
    at = target - (end - start) if target >= end else target
    first, second = sorted((start, target))
    pieces = [(0, first), (first, second), (second, size)] if not first == second else [(0, size)]
    pieces = sorted({edge for a, b in pieces for edge in (a, b)} | {start, end})
    return rest[:at] + piece + rest[at:], list(zip(pieces, pieces[1:])), first
