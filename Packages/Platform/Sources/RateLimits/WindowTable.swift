internal import Core

/// The counts of ``SlidingWindows``: a table of buckets in the order of their use, and 61 slices for each: those that overlap a window of 60.
struct WindowTable: Sendable {
    static let slices = 61
    private static let none = UInt32.max

    private struct Bucket: Sendable {
        var key: BucketKey
        var newestSlice: Int64 = .min
        var sum = 0
        var newer: UInt32 = none
        var older: UInt32 = none
    }

    private let capacity: Int
    private var places: [BucketKey: UInt32] = [:]
    private var buckets: [Bucket] = []
    private var counts: [UInt16] = []
    private var newest = none
    private var oldest = none
    /// A clock that goes back must not free places.
    private var latest: Int64 = .min

    init(capacity: Int) {
        self.capacity = capacity
    }

    var count: Int { buckets.count }

    mutating func take(_ demands: InlineArray<4, Demand?>, at now: Instant) -> Taken {
        let now = advance(to: now)
        var indices: InlineArray<4, Int> = [0, 0, 0, 0]
        var tightest = 0
        var least = Int.max
        for position in demands.indices {
            guard let demand = demands[position] else { continue }
            let index = place(of: demand.key)
            indices[position] = index
            slide(index, to: now / Self.length(of: demand.rate))
            let room = demand.rate.limit - buckets[index].sum
            if room < least { (tightest, least) = (position, room) }
        }
        let isAdmitted = least > 0
        if isAdmitted {
            for position in demands.indices {
                guard demands[position] != nil else { continue }
                let index = indices[position]
                counts[index * Self.slices + Self.slot(buckets[index].newestSlice)] += 1
                buckets[index].sum += 1
            }
        }
        guard let demand = demands[tightest] else {
            return Taken(isAdmitted: true, tightest: 0, limit: 0, remaining: 0, resetsAt: Instant(microsecondsSinceEpoch: now))
        }
        return Taken(
            isAdmitted: isAdmitted, tightest: tightest, limit: demand.rate.limit, remaining: max(0, least - (isAdmitted ? 1 : 0)),
            resetsAt: Instant(microsecondsSinceEpoch: nextFree(indices[tightest]) * Self.length(of: demand.rate)))
    }

    mutating func giveBack(_ demand: Demand, at now: Instant) {
        let now = advance(to: now)
        guard let place = places[demand.key] else { return }
        let index = Int(place)
        slide(index, to: now / Self.length(of: demand.rate))
        let newest = buckets[index].newestSlice
        for slice in stride(from: newest, to: newest - Int64(Self.slices), by: -1) {
            let position = index * Self.slices + Self.slot(slice)
            guard counts[position] > 0 else { continue }
            counts[position] -= 1
            buckets[index].sum -= 1
            return
        }
    }

    private static func length(of rate: RateLimit) -> Int64 { max(1, rate.windowMicroseconds / Int64(slices - 1)) }

    private static func slot(_ slice: Int64) -> Int {
        let rest = Int(slice % Int64(slices))
        return rest < 0 ? rest + slices : rest
    }

    private mutating func advance(to now: Instant) -> Int64 {
        latest = max(latest, now.microsecondsSinceEpoch)
        return latest
    }

    /// Lets go of the slices that do not overlap the window any more.
    private mutating func slide(_ index: Int, to slice: Int64) {
        let before = buckets[index].newestSlice
        guard slice > before else { return }
        let base = index * Self.slices
        if before == .min || slice - before >= Int64(Self.slices) {
            if buckets[index].sum > 0 {
                for position in base..<base + Self.slices { counts[position] = 0 }
                buckets[index].sum = 0
            }
        } else if buckets[index].sum > 0 {
            for passed in before + 1...slice {
                let position = base + Self.slot(passed)
                buckets[index].sum -= Int(counts[position])
                counts[position] = 0
            }
        }
        buckets[index].newestSlice = slice
    }

    /// The slice at whose beginning the oldest counted request is let go of.
    private func nextFree(_ index: Int) -> Int64 {
        let newest = buckets[index].newestSlice
        for slice in newest - Int64(Self.slices) + 1...newest where counts[index * Self.slices + Self.slot(slice)] > 0 {
            return slice + Int64(Self.slices)
        }
        return newest
    }

    // MARK: Places, in the order of their use

    private mutating func place(of key: BucketKey) -> Int {
        if let place = places[key] {
            if newest != place {
                unlink(place)
                link(place)
            }
            return Int(place)
        }
        let place: UInt32
        if buckets.count < capacity {
            place = UInt32(buckets.count)
            buckets.append(Bucket(key: key))
            counts.append(contentsOf: repeatElement(0, count: Self.slices))
        } else {
            place = oldest
            unlink(place)
            places[buckets[Int(place)].key] = nil
            let base = Int(place) * Self.slices
            for position in base..<base + Self.slices { counts[position] = 0 }
            buckets[Int(place)] = Bucket(key: key)
        }
        places[key] = place
        link(place)
        return Int(place)
    }

    private mutating func link(_ place: UInt32) {
        buckets[Int(place)].older = newest
        buckets[Int(place)].newer = Self.none
        if newest != Self.none { buckets[Int(newest)].newer = place }
        newest = place
        if oldest == Self.none { oldest = place }
    }

    private mutating func unlink(_ place: UInt32) {
        let (newer, older) = (buckets[Int(place)].newer, buckets[Int(place)].older)
        if newer != Self.none { buckets[Int(newer)].older = older } else { newest = older }
        if older != Self.none { buckets[Int(older)].newer = newer } else { oldest = newer }
    }
}
