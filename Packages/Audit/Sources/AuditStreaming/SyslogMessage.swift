internal import Audit
internal import AuditProof
internal import Core

/// A line of an export as a message of syslog (RFC 5424): what a monitoring system looks for is structured, and the line itself is the text, so that the
/// receiver can still prove what it has.
struct SyslogMessage {
    /// What the structured data is named by. The number is the one for documentation (RFC 5612): the product has none of its own.
    static let element = "trellis@32473"
    /// The facility: an audit log.
    private static let facility = 13

    /// The message without its length.
    let text: String

    /// - Parameters:
    ///   - line: one line of an export.
    ///   - host: the name of the product.
    ///   - now: the time of lines that have none of their own.
    init(_ line: String, from host: String, at now: Instant) {
        var (severity, time, name) = (Self.severity(of: .low), now.description, "line")
        var parameters: [(name: String, value: String)] = []
        switch try? AuditExportLine(text: line) {
        case .entry(let link):
            let entry = (try? JSON.decode(JSONValue.self, from: link.canonical)) ?? .null
            let risk = entry["risk"]?.stringValue ?? ""
            // A risk that is not known is told of as loudly as there is.
            severity = Self.severity(of: AuditRisk(rawValue: risk) ?? .critical)
            (time, name) = (entry["time"]?.stringValue ?? time, entry["type"]?.stringValue ?? "entry")
            parameters = [("id", entry["id"]?.stringValue ?? ""), ("type", name), ("risk", risk)]
            parameters += link.chain.hasPrefix("org:") ? [("org", String(link.chain.dropFirst(4)))] : []
            parameters += [("chain", link.chain), ("position", String(link.position)), ("seal", String(link.seal))]
        case .archived(let link, let month):
            name = "archived"
            parameters = [("chain", link.chain), ("position", String(link.position)), ("seal", String(link.seal)), ("month", month)]
        case .checkpoint: name = "checkpoint"
        case .key(let id, _, _, _): (name, parameters) = ("key", [("key", id)])
        case .place(let link):
            name = "place"
            parameters = [("chain", link.chain), ("position", String(link.position)), ("seal", String(link.seal))]
        case .head(let chain, _, _, _): (name, parameters) = ("head", [("chain", chain)])
        case .header: name = "header"
        case .end: name = "end"
        case nil: break
        }
        let data = parameters.map { " \($0.name)=\"\(Self.escaped($0.value))\"" }.joined()
        let head = "<\(Self.facility * 8 + severity)>1 \(time) \(Self.field(host, 255)) trellis - \(Self.field(name, 32))"
        text = "\(head) [\(Self.element)\(data)] \(line)"
    }

    /// The message behind its length in bytes (RFC 5425, section 4.3).
    var frame: [UInt8] {
        let bytes = Array(text.utf8)
        return Array("\(bytes.count) ".utf8) + bytes
    }

    /// How urgent a risk is: informational, notice, warning, alert (RFC 5424, section 6.2.1).
    static func severity(of risk: AuditRisk) -> Int {
        switch risk {
        case .low: 6
        case .medium: 5
        case .high: 4
        case .critical: 1
        }
    }

    /// A field of the head: printable ASCII without blanks, `-` for none (RFC 5424, section 6).
    private static func field(_ text: String, _ limit: Int) -> String {
        let shown = text.unicodeScalars.filter { (0x21...0x7E).contains($0.value) }.prefix(limit)
        return shown.isEmpty ? "-" : String(String.UnicodeScalarView(shown))
    }

    /// A value of the structured data: `"`, `\` and `]` stand behind a backslash (RFC 5424, section 6.3.3).
    private static func escaped(_ value: String) -> String {
        var result = ""
        for character in value.unicodeScalars {
            if "\"\\]".unicodeScalars.contains(character) { result.unicodeScalars.append("\\") }
            result.unicodeScalars.append(character)
        }
        return result
    }
}
