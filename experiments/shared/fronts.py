"""Fronts of points whose objectives are all to be made small, and their hypervolumes. Points are tuples of numbers."""


def covers(a, b):
    """Whether a is nowhere worse than b: dominates it, or equals it."""
    return all(x <= y for x, y in zip(a, b))


def front(points):
    """The points that no other one dominates, each once, sorted."""
    kept = []
    for point in sorted(set(points)):  # whatever dominates a point is sorted before it
        if not any(covers(other, point) for other in kept):
            kept.append(point)
    return kept


def scale(points, best, worst):
    """Each objective so that `best` becomes 0 and `worst` 1; 0 where both are the same."""
    return [tuple((x - b) / (w - b) if w != b else 0.0 for x, b, w in zip(point, best, worst)) for point in points]


def hypervolume(points, reference):
    """Volume of what the points dominate within `reference`: slabs between the values of the last objective, in each
    of which the points that begin before it count. Points beyond the reference add nothing."""
    inside = front(point for point in points if all(x < r for x, r in zip(point, reference)))
    if not inside:
        return 0.0
    if len(reference) == 1:
        return reference[0] - inside[0][0]
    levels = sorted({point[-1] for point in inside})
    volume = 0.0
    below = []
    for level, end in zip(levels, levels[1:] + [reference[-1]]):
        below = front(below + [point[:-1] for point in inside if point[-1] == level])
        volume += (end - level) * hypervolume(below, reference[:-1])
    return volume
