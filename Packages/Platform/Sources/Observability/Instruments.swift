internal import Synchronization

/// A dimension of a metric, with one of a few known values.
public struct Label: Hashable, Sendable {
    /// The name of the dimension.
    public let name: String
    /// Its value; never an id of a person or thing.
    public let value: String

    /// Makes a label.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    static func render(_ labels: [Label]) -> String {
        guard !labels.isEmpty else { return "" }
        let pairs = labels.map { label in
            let value = label.value.flatMap { character -> String in
                switch character {
                case "\\": "\\\\"
                case "\"": "\\\""
                case "\n": "\\n"
                default: String(character)
                }
            }
            return "\(label.name)=\"\(String(value))\""
        }
        return "{" + pairs.joined(separator: ",") + "}"
    }
}

/// A number that only grows.
public final class Counter: Sendable {
    private let storage = Atomic<Int>(0)

    init() {}

    /// The present number.
    public var value: Int { storage.load(ordering: .relaxed) }

    /// Adds to the number; a negative amount is ignored.
    public func increment(by amount: Int = 1) {
        guard amount > 0 else { return }
        storage.add(amount, ordering: .relaxed)
    }
}

/// A number that goes up and down.
public final class Gauge: Sendable {
    private let storage = Atomic<Int>(0)

    init() {}

    /// The present number.
    public var value: Int { storage.load(ordering: .relaxed) }

    /// Sets the number.
    public func set(_ value: Int) { storage.store(value, ordering: .relaxed) }

    /// Adds to the number.
    public func add(_ amount: Int) { storage.add(amount, ordering: .relaxed) }
}

/// Counts of values by ranges, with their sum.
public final class Histogram: Sendable {
    /// Bounds for the duration of requests and jobs, in seconds.
    public static let seconds: [Double] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    private struct State {
        var counts: [Int]
        var sum = 0.0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
        self.bounds = bounds.sorted()
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    /// How many values were recorded.
    public var count: Int { state.withLock { $0.counts.reduce(0, +) } }

    /// Records one value.
    public func record(_ value: Double) {
        let index = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[index] += 1
            state.sum += value
        }
    }

    /// Records a duration in seconds.
    public func record(_ duration: Duration) {
        let parts = duration.components
        record(Double(parts.seconds) + Double(parts.attoseconds) / 1e18)
    }

    func render(_ name: String, _ labels: [Label]) -> String {
        let (counts, sum) = state.withLock { ($0.counts, $0.sum) }
        var lines: [String] = []
        var total = 0
        for (index, count) in counts.enumerated() {
            total += count
            let bound = index < bounds.count ? "\(bounds[index])" : "+Inf"
            lines.append("\(name)_bucket\(Label.render(labels + [Label("le", bound)])) \(total)")
        }
        lines.append("\(name)_sum\(Label.render(labels)) \(sum)")
        lines.append("\(name)_count\(Label.render(labels)) \(total)")
        return lines.joined(separator: "\n")
    }
}
