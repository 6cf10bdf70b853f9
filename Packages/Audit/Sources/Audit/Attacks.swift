/// What an attack that was refused is called in the log (AUD-127). Conformances are the rows of the catalogue.
public protocol AttackKind: Sendable {
    /// The row of the catalogue.
    static var type: AuditEventType { get }
    /// One line for people, before the route.
    static var words: String { get }
}

/// A request that was refused for its shape, by somebody who need not be known. What was sent is not told: it helps nobody and may hold anything.
public struct AttackAttempt<Kind: AttackKind>: ClientDenial {
    /// The row of the catalogue.
    public static var type: AuditEventType { Kind.type }
    /// Where the caller came from.
    public let client: NetworkClient
    /// The method and the template of the route that was called, where there is one.
    public let route: String

    /// Tells of an attempt.
    public init(client: NetworkClient, route: String) {
        self.client = client
        self.route = route
    }

    /// One line.
    public var summary: String { route.isEmpty ? Kind.words : "\(Kind.words) on \(route)" }
}

/// The kinds of attacks that are told of by their shape alone.
public enum Attacks {
    private static func type(_ name: String, _ risk: AuditRisk) -> AuditEventType {
        AuditEventType(name, risk: risk, class: .security, component: "platform", requires: [.networkClient])
    }

    /// Somebody looked for what other products leave open.
    public enum Probe: AttackKind {
        /// `suspicious_activity`
        public static var type: AuditEventType { Attacks.type("suspicious_activity", .high) }
        /// One line.
        public static var words: String { "looked for what other products leave open" }
    }

    /// Somebody named a place above the one that a path may name.
    public enum PathTraversal: AttackKind {
        /// `path_traversal_attempt`
        public static var type: AuditEventType { Attacks.type("path_traversal_attempt", .high) }
        /// One line.
        public static var words: String { "a path that climbs refused" }
    }

    /// What was sent is not what a request looks like.
    public enum Malformed: AttackKind {
        /// `invalid_input`
        public static var type: AuditEventType { Attacks.type("invalid_input", .low) }
        /// One line.
        public static var words: String { "input that cannot be read refused" }
    }

    /// More was sent than a request may have.
    public enum Oversized: AttackKind {
        /// `oversized_request`
        public static var type: AuditEventType { Attacks.type("oversized_request", .medium) }
        /// One line.
        public static var words: String { "a request that is too large refused" }
    }

    /// A document with declarations of its own was sent.
    public enum ForeignXML: AttackKind {
        /// `xml_refused`
        public static var type: AuditEventType { Attacks.type("xml_refused", .high) }
        /// One line.
        public static var words: String { "XML with declarations refused" }
    }

    /// An address inside was named as a destination.
    public enum InnerDestination: AttackKind {
        /// `ssrf_blocked`
        public static var type: AuditEventType { Attacks.type("ssrf_blocked", .high) }
        /// One line.
        public static var words: String { "a destination inside refused" }
    }

    /// The server was called by a name that is not its own.
    public enum ForeignHost: AttackKind {
        /// `host_header_refused`
        public static var type: AuditEventType { Attacks.type("host_header_refused", .medium) }
        /// One line.
        public static var words: String { "another server's name refused" }
    }

    /// A form came from another site, or from another session.
    public enum ForeignForm: AttackKind {
        /// `csrf_refused`
        public static var type: AuditEventType { Attacks.type("csrf_refused", .high) }
        /// One line.
        public static var words: String { "a form of another site or session refused" }
    }

    /// All rows of the catalogue.
    public static var types: [AuditEventType] {
        [
            Probe.type, PathTraversal.type, Malformed.type, Oversized.type, ForeignXML.type, InnerDestination.type, ForeignHost.type,
            ForeignForm.type,
        ]
    }
}

/// What gives an attack away. It is only asked about what was refused already.
public enum AttackShape {
    /// How much of a text is looked at, in bytes.
    private static let limit = 4_096

    /// Whether a path or a value climbs to a place above, however its characters are written.
    public static func climbs(_ text: String) -> Bool {
        var bytes = Array(text.utf8.prefix(limit))
        // Encoded twice is what slips past whoever decodes once.
        for _ in 0..<3 {
            let plain = String(decoding: bytes, as: UTF8.self).replacing("\\", with: "/")
            if plain.split(separator: "/", omittingEmptySubsequences: false).contains("..") && plain.contains("/") { return true }
            let decoded = decode(bytes)
            guard decoded.count < bytes.count else { return false }
            bytes = decoded
        }
        return false
    }

    /// Whether a path is one at which other products are attacked.
    public static func isProbe(_ path: String) -> Bool {
        let path = path.prefix(limit).lowercased()
        return probes.contains { path.hasPrefix($0) } || path.hasSuffix(".php") || path.hasSuffix(".asp") || path.hasSuffix(".jsp")
    }

    /// Whether a content is a document that declares a type or entities of its own.
    public static func declaresTypes(_ content: [UInt8]) -> Bool {
        let text = String(decoding: content.prefix(limit), as: UTF8.self).lowercased()
        return text.contains("<!doctype") || text.contains("<!entity")
    }

    private static let probes = [
        "/.env", "/.git/", "/.svn/", "/.aws/", "/.ssh/", "/.ds_store", "/wp-", "/wordpress", "/phpmyadmin", "/cgi-bin/", "/actuator/",
        "/server-status", "/vendor/phpunit", "/hnap1", "/boaform", "/solr/", "/jenkins", "/manager/html", "/owa/", "/autodiscover/",
        "/etc/passwd", "/console/login/loginform", "/telescope/requests", "/_ignition/",
    ]

    private static func decode(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
                let value = UInt8(String(decoding: bytes[index + 1...index + 2], as: UTF8.self), radix: 16)
            {
                result.append(value)
                index += 3
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return result
    }
}
