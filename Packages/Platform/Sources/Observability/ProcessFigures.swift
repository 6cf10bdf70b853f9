internal import FoundationEssentials

/// What the system says of the present process: memory, threads, open files (ADM-061).
public enum ProcessFigures {
    /// Adds them to metrics; they are looked up whenever the metrics are shown.
    public static func register(on metrics: Metrics) {
        let memory = metrics.gauge("process_resident_memory_bytes", help: "Memory of the process that is in use.")
        let threads = metrics.gauge("process_threads", help: "Threads of the process.")
        let files = metrics.gauge("process_open_fds", help: "Open files and connections of the process.")
        metrics.collect {
            let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
            memory.set(number("VmRSS:", in: status) * 1_024)
            threads.set(number("Threads:", in: status))
            files.set((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0)
        }
    }

    static func number(_ name: String, in status: String) -> Int {
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(name) }) else { return 0 }
        return Int(line.dropFirst(name.count).filter(\.isNumber)) ?? 0
    }
}
