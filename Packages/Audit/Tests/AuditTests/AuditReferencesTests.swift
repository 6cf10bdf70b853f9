import Audit
import Core
import Testing

private enum Thing: AuditReferable {
    static let idPrefix = "thing"
    static let auditKind = AuditReferenceKind.org
}

private struct Machine: AuditReferableText {
    static let auditKind = AuditReferenceKind(own: "machine", isText: true)
    let auditKey: String
}

@Suite struct AuditReferencesTests {
    private let first = AuditReference(Identifier<Thing>(high: 1, low: 1))
    private let second = AuditReference(Identifier<Thing>(high: 1, low: 2))

    @Test func `AUD-002 references have a first one by construction`() {
        #expect(AuditReferences(first).all == [first])
        #expect(AuditReferences(first, second).all == [first, second])
        #expect(AuditReferences(first).adding(nil).adding(first).adding(second).all == [first, second])
    }

    @Test func `AUD-002 an empty list does not decode, nor does a reference without a key`() throws {
        #expect(throws: (any Error).self) { try JSON.decode(AuditReferences.self, from: Array("[]".utf8)) }
        #expect(throws: (any Error).self) { try JSON.decode(AuditReferences.self, from: Array(#"[{"kind":"org"}]"#.utf8)) }
        #expect(throws: (any Error).self) { try JSON.decode(AuditReferences.self, from: Array(#"[{"kind":"nobody","text":"x"}]"#.utf8)) }
        let references = AuditReferences(first, second)
        #expect(try JSON.decode(AuditReferences.self, from: JSON.encode(references)) == references)
    }

    @Test func `AUD-004 the kinds are the published list`() {
        #expect(AuditReferenceKind.allCases.count == 46)
        #expect(Set(AuditReferenceKind.allCases.map(\.rawValue)).count == 46)
    }

    @Test func `AUD-136 a kind of a program's own is none of the product's, and its references are kept as JSON by that mark`() throws {
        let kind = AuditReferenceKind(own: "machine", isText: true)
        #expect(!AuditReferenceKind.allCases.contains(kind) && AuditReferenceKind(rawValue: "machine") == nil)
        let references = AuditReferences(first, AuditReference(Machine(auditKey: "m")))
        let bytes = try JSON.encode(references)
        #expect(try JSON.decode(AuditReferences.self, from: bytes) == references)
        #expect(String(decoding: bytes, as: UTF8.self).contains(#""own":true"#))
        #expect(throws: (any Error).self) { try JSON.decode(AuditReferences.self, from: Array(#"[{"kind":"machine","text":"m"}]"#.utf8)) }
    }

    @Test(arguments: [
        ("203.0.113.9", "203.0.113.9/32"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("2001:db8::1", "2001:db8:0:0::/64"),
        ("::1", "0:0:0:0::/64"), ("fe80::1%eth0", "fe80:0:0:0::/64"),
    ])
    func `AUD-009 a network client is one IPv4 address or one IPv6 network`(address: String, network: String) {
        #expect(NetworkClient(address: address).auditKey == network)
    }
}
