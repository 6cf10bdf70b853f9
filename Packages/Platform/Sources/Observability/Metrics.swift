internal import Synchronization

/// The metrics of a process, shown as Prometheus text (exposition format 0.0.4).
///
/// A metric is made once by its name; asking for the same name and labels again gives the same metric. Labels never hold ids.
public final class Metrics: Sendable {
    private struct Key: Hashable {
        let name: String
        let labels: [Label]
    }

    private struct Family {
        let help: String
        let kind: String
    }

    private struct State {
        var families: [String: Family] = [:]
        var counters: [Key: Counter] = [:]
        var gauges: [Key: Gauge] = [:]
        var histograms: [Key: Histogram] = [:]
        var collectors: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())

    /// Makes an empty set of metrics.
    public init() {}

    /// A number that only grows, such as requests served.
    public func counter(_ name: String, help: String, labels: [Label] = []) -> Counter {
        state.withLock { state in
            state.families[name] = Family(help: help, kind: "counter")
            let key = Key(name: name, labels: labels)
            if let existing = state.counters[key] { return existing }
            let made = Counter()
            state.counters[key] = made
            return made
        }
    }

    /// A number that goes up and down, such as connections open.
    public func gauge(_ name: String, help: String, labels: [Label] = []) -> Gauge {
        state.withLock { state in
            state.families[name] = Family(help: help, kind: "gauge")
            let key = Key(name: name, labels: labels)
            if let existing = state.gauges[key] { return existing }
            let made = Gauge()
            state.gauges[key] = made
            return made
        }
    }

    /// Takes the gauges of a name away, whatever their labels: before those that are still true are set anew.
    public func forget(_ name: String) {
        state.withLock { state in
            state.gauges = state.gauges.filter { $0.key.name != name }
        }
    }

    /// How values are spread over ranges, such as the seconds a request took.
    public func histogram(_ name: String, help: String, labels: [Label] = [], bounds: [Double] = Histogram.seconds) -> Histogram {
        state.withLock { state in
            state.families[name] = Family(help: help, kind: "histogram")
            let key = Key(name: name, labels: labels)
            if let existing = state.histograms[key] { return existing }
            let made = Histogram(bounds: bounds)
            state.histograms[key] = made
            return made
        }
    }

    /// Runs a closure before each rendering, for what is looked up only when somebody asks.
    public func collect(_ collector: @escaping @Sendable () -> Void) {
        state.withLock { $0.collectors.append(collector) }
    }

    /// The names of all metrics with the names of their labels, in order: what a golden list is compared with.
    public var inventory: [String] {
        state.withLock { state in
            let keys = Array(state.counters.keys) + Array(state.gauges.keys) + Array(state.histograms.keys)
            return Set(keys.map { ([$0.name] + $0.labels.map(\.name)).joined(separator: " ") }).sorted()
        }
    }

    /// All metrics in OpenMetrics 1.0: a counter's family goes without `_total`, and the text ends with a mark.
    public func renderOpenMetrics() -> String {
        var lines: [Substring] = []
        for line in render().split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 3)
            // Of a counter the two lines about the family name it without the suffix that its samples have.
            if line.hasPrefix("# "), words.count > 2, words[2].hasSuffix("_total"), isCounter(String(words[2])) {
                lines.append(Substring("# \(words[1]) \(words[2].dropLast(6)) \(words.dropFirst(3).joined())"))
            } else {
                lines.append(line)
            }
        }
        return lines.joined(separator: "\n") + "\n# EOF\n"
    }

    private func isCounter(_ name: String) -> Bool { state.withLock { $0.families[name]?.kind == "counter" } }

    /// All metrics as Prometheus text, in the order of their names.
    public func render() -> String {
        for collector in state.withLock({ $0.collectors }) { collector() }
        let snapshot = state.withLock { state in
            (state.families, state.counters, state.gauges, state.histograms)
        }
        var lines: [String: [String]] = [:]
        for (key, counter) in snapshot.1 {
            lines[key.name, default: []].append("\(key.name)\(Label.render(key.labels)) \(counter.value)")
        }
        for (key, gauge) in snapshot.2 {
            lines[key.name, default: []].append("\(key.name)\(Label.render(key.labels)) \(gauge.value)")
        }
        for (key, histogram) in snapshot.3 {
            lines[key.name, default: []].append(histogram.render(key.name, key.labels))
        }
        var text = ""
        for name in snapshot.0.keys.sorted() {
            guard let family = snapshot.0[name], let samples = lines[name] else { continue }
            text += "# HELP \(name) \(family.help)\n# TYPE \(name) \(family.kind)\n"
            text += samples.sorted().joined(separator: "\n") + "\n"
        }
        return text
    }
}
