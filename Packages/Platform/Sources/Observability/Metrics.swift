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

    /// All metrics as Prometheus text, in the order of their names.
    public func render() -> String {
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
