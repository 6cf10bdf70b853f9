/// Places of a chain that were passed over and have not come since, as ranges: what a file claims of its places takes no more memory than the file has lines.
struct MissingPlaces: Sendable {
    /// In ascending order; none is empty, and none touches another.
    private var ranges: [Range<Int64>] = []
    /// How many places there are.
    private(set) var count: Int64 = 0

    /// Adds places behind all that are there.
    mutating func append(_ range: Range<Int64>) {
        guard !range.isEmpty else { return }
        ranges.append(range)
        count += range.upperBound - range.lowerBound
    }

    /// Takes out a place.
    ///
    /// - Returns: whether it was there.
    mutating func remove(_ place: Int64) -> Bool {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound <= place { low = middle + 1 } else { high = middle }
        }
        guard low < ranges.count, ranges[low].contains(place) else { return false }
        let range = ranges[low]
        ranges.replaceSubrange(low...low, with: [range.lowerBound..<place, (place + 1)..<range.upperBound].filter { !$0.isEmpty })
        count -= 1
        return true
    }

    /// The first places, at most so many.
    func first(_ limit: Int) -> [Int64] { Array(ranges.lazy.joined().prefix(limit)) }
}
