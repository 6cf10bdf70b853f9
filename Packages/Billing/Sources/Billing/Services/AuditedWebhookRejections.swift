public import Audit

/// Notes refused deliveries in the log: in full once a minute for each network, then counted (STR-052, AUD-028).
///
/// Its entries refer to the network alone: nothing of an unverified body is believed (AUD-009).
public struct AuditedWebhookRejections: WebhookRejectionObserver {
    private let denials: any DenialLog

    /// Makes an observer.
    public init(denials: any DenialLog) {
        self.denials = denials
    }

    /// Notes one refusal. The delivery is refused whether it can be noted or not; the log says when it cannot.
    public func rejected(_ rejection: WebhookRejection, from remoteAddress: String, route: String, bytes: Int) async {
        let reason = rejection == .missingSignature ? "missing_webhook_signature" : "invalid_webhook_signature"
        try? await denials.note(
            AuthorizationDenied(
                client: NetworkClient(address: remoteAddress), route: route, reason: reason, size: bytes, risk: .high))
    }
}
