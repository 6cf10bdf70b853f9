public import Audit
public import Core
public import HTTPClient

/// The targets that owners may give sinks: public addresses, by `https` or by syslog over TLS (AUD-085, SEC-083).
public struct PublicSinkTargets: AuditSinkPreparing {
    private let http: HTTPAuditSinkSender
    private let syslog: SyslogAuditSinkSender
    private let rules: DestinationRules
    private let makeSecret: @Sendable () -> SecretString

    /// Takes what brings lines there.
    ///
    /// - Parameters:
    ///   - rules: what an address may be.
    ///   - secret: makes a secret that signs what is posted.
    public init(
        http: HTTPAuditSinkSender, syslog: SyslogAuditSinkSender, rules: DestinationRules, secret: @escaping @Sendable () -> SecretString
    ) {
        self.http = http
        self.syslog = syslog
        self.rules = rules
        makeSecret = secret
    }

    /// By what is written; the numbers that a name leads to are looked at when a connection is made.
    public func prepare(
        _ draft: AuditSinkDraft, for sink: AuditSink.ID
    ) throws -> (kind: AuditSink.Kind, secret: SecretString?, sealed: String?) {
        if rules.leadsInside(draft.target) { throw AuditSinkRefusal.innerDestination }
        if SyslogAuditSinkSender.isMeant(by: draft.target) {
            if let reason = syslog.refusal(of: draft.target, isOwned: true) { throw AuditSinkRefusal.destination(reason: reason) }
            guard draft.bearer == nil else { throw AuditSinkRefusal.bearerUnused }
            return (.syslog, nil, nil)
        }
        if let reason = http.refusal(of: draft.target) { throw AuditSinkRefusal.destination(reason: reason) }
        let secret = makeSecret()
        return (.http, secret, try http.seal(secret, bearer: draft.bearer, for: sink))
    }
}
