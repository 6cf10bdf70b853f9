import Audit
import Core
import Testing

@Suite struct AuditRedactionTests {
    @Test(arguments: [
        ("key sk_live_4eC39HqLyjWDarjtT1zdp7dc was used", "key sk_live_*** was used"),
        ("secret whsec_1234567890abcdef", "secret whsec_12***"),
        ("of sub_1Mowk2eZvKYlo2C0aBcD, again", "of sub_1Mow***aBcD, again"),
        ("cs_test_a1b2c3d4e5f6", "cs_test_***e5f6"),
        ("by anna.b+x@example.com.", "by [address]"),
        ("Bearer eyJhbGciOi.eyJzdWIi.c2ln", "Bearer [token]"),
        ("sub_01J9ZX8D3W0000000000000000 stays", "sub_01J9ZX8D3W0000000000000000 stays"),
        ("kg01af plan_pro in_use 3.5 a@b", "kg01af plan_pro in_use 3.5 a@b"),
    ])
    func `AUD-054 keys, provider ids and addresses are shown shortened or not at all, our own ids whole`(text: String, shown: String) {
        #expect(AuditRedaction.shown(text) == shown)
        #expect(AuditRedaction.shown(shown) == shown)
        // A text that is not all ASCII goes another way.
        #expect(AuditRedaction.shown("é " + text + "\r\n") == "é " + shown + "\r\n")
    }

    @Test func `AUD-054 what is deep inside of a value is shortened as well`() {
        let value: JSONValue = ["list": [["to": "ben@example.com"]], "n": 3]
        #expect(AuditRedaction.shown(value) == ["list": [["to": "[address]"]], "n": 3])
    }

    @Test func `AUD-058 a secret that reaches a summary or a log line is no longer one`() {
        let secret = SecretString("Correct-Horse-42-Battery")
        #expect("\(secret)" == "<redacted>")
        #expect(String(describing: secret) == "<redacted>" && String(reflecting: secret) == "<redacted>")
        var dumped = ""
        dump(secret, to: &dumped)
        #expect(!dumped.contains("Horse"))
    }

    @Test func `AUD-096 rules look at type and risk only`() {
        func firing(_ type: String, _ risk: AuditRisk) -> [String] {
            AuditAlertRule.standard.filter { $0.concerns(type: type, risk: risk) }.map(\.name)
        }
        #expect(firing("authorization_denied", .high) == ["refusals of high risk"])
        #expect(firing("authorization_denied", .medium).isEmpty)
        #expect(firing("provider_cancel_failed", .high) == ["cancel at the provider failed"])
        #expect(firing("auth_failure", .medium) == ["sign-in failures"])
        #expect(firing("org_created", .critical).isEmpty)
        #expect(Set(AuditAlertRule.standard.map(\.name)).count == AuditAlertRule.standard.count)
    }

    @Test func `AUD-092 failures of work are of class operation and name the work and what it was about`() {
        enum Graph: AuditReferable {
            static let idPrefix = "graph"
            static let auditKind = AuditReferenceKind.graph
        }
        let graph = AuditReference(Identifier<Graph>(high: 1, low: 1))
        let failure = OperationFailure(of: FailedWork(job: AuditedJob(number: 7)), on: graph, code: "engine_unreachable")
        for event: any AuditEvent in [
            OperationFailed(failure, isProviderAtFault: false), OperationTimedOut(failure), OperationCanceled(failure),
        ] {
            #expect(type(of: event).type.eventClass == .operation)
            #expect(event.references.all.map(\.kind) == [.job, .graph])
        }
        #expect(OperationFailed(failure, isProviderAtFault: true).risk == .low)
    }
}
