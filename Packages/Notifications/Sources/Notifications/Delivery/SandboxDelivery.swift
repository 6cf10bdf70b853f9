/// What a sandbox may send where (NOT-047): to the catcher on its own machine everything, to any other relay only what goes to domains that were named.
public struct SandboxDelivery: Sendable {
    private let isSandbox: Bool
    private let domains: Set<String>

    /// Makes the rule.
    ///
    /// - Parameter domains: the domains of recipients that a real relay may be given by a sandbox; none without any.
    public init(isSandbox: Bool, domains: [String]) {
        self.isSandbox = isSandbox
        self.domains = Set(domains.map { $0.lowercased() })
    }

    /// The way to a relay as this process may take it.
    ///
    /// - Parameter name: the relay's host, with or without a port.
    public func limiting(_ sender: any EmailSender, to name: String) -> any EmailSender {
        isSandbox && !Self.isThisMachine(name) ? DomainLimitedEmailSender(sender, domains: domains) : sender
    }

    private static func isThisMachine(_ name: String) -> Bool {
        var host = name.lowercased()
        if host.hasPrefix("[") { host = String(host.dropFirst().prefix { $0 != "]" }) } else { host = String(host.prefix { $0 != ":" }) }
        let parts = host.split(separator: ".").compactMap { UInt8($0) }
        return host == "localhost" || host == "::1" || parts.count == 4 && parts[0] == 127 && host.split(separator: ".").count == 4
    }
}

/// Hands on only what goes to certain domains.
struct DomainLimitedEmailSender: EmailSender {
    private let sender: any EmailSender
    private let domains: Set<String>

    init(_ sender: any EmailSender, domains: Set<String>) {
        self.sender = sender
        self.domains = domains
    }

    func send(_ email: Email) async throws -> EmailReceipt {
        let domain = email.recipient.normalized.split(separator: "@").last.map(String.init) ?? ""
        guard domains.contains(domain) else {
            throw EmailRefusal.permanent(reason: "a sandbox sends to the domains that were named and to no other", concernsAddress: false)
        }
        return try await sender.send(email)
    }
}
