import Audit
import Billing
import Core
import Synchronization
import Testing

/// What is noted of deliveries that are not the provider's.
@Suite struct AuditedWebhookRejectionsTests {
    private final class Denials: DenialLog {
        struct Unwritten: Error {}
        let noted = Mutex<[AuthorizationDenied]>([])

        func note(_ denial: some ClientDenial) async throws {
            noted.withLock { $0 += [denial as? AuthorizationDenied].compactMap(\.self) }
            throw Unwritten()
        }
    }

    @Test
    func `AUD-009 AUD-028 STR-052 a delivery without a good signature is a denial of its network and route, counted where it comes again`()
        async
    {
        let denials = Denials()
        let observer = AuditedWebhookRejections(denials: denials)
        await observer.rejected(.missingSignature, from: "203.0.113.9", route: "/v1/webhooks/stripe", bytes: 3)
        // That it cannot be written keeps nobody from refusing it.
        await observer.rejected(.invalidSignature, from: "2001:db8::1", route: "/v1/webhooks/stripe", bytes: 4)
        let noted = denials.noted.withLock { $0 }
        #expect(noted.map(\.reason) == ["missing_webhook_signature", "invalid_webhook_signature"])
        #expect(noted.map(\.client.auditKey) == ["203.0.113.9/32", "2001:db8:0:0::/64"])
        #expect(noted.allSatisfy { $0.risk == .high && $0.caller == nil && $0.references.all == [AuditReference($0.client)] })
    }
}
