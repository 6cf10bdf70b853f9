import Audit
import Core
import Testing

private enum Company: AuditReferable {
    static let idPrefix = "org"
    static let auditKind = AuditReferenceKind.org
}

@Suite struct AuditCSVTests {
    private func row(_ summary: String, personal: [String: JSONValue]? = nil) throws -> String {
        let entry = AuditEntry(
            id: AuditEntryID(high: 1, low: 1), type: "org_updated", risk: .low, at: Instant(secondsSinceEpoch: 0),
            actor: ("system", nil, "orgs"),
            references: AuditReferences(AuditReference(Identifier<Company>(high: 2, low: 2))), summary: summary, data: ["n": 1],
            changes: [AuditChange("name", from: "a", to: "=HYPERLINK(1)")], personal: personal)
        return try AuditCSV.row(entry) { _ in "org_x" }
    }

    @Test(arguments: ["=1+1", "+1", "-1", "@sum", "\t=1", "\r=1"])
    func `AUD-084 a cell that a spreadsheet would calculate begins with an apostrophe`(_ text: String) throws {
        let row = try row(text)
        #expect(row.contains(text.contains("\r") ? ",\"'\(text)\"," : ",'\(text),"))
        #expect(!row.contains(",\(text)"))
    }

    @Test func `AUD-084 AUD-062 a row has the columns of the header, quotes what has to be, and says that it proves nothing`() throws {
        #expect(AuditCSV.header == "time,id,type,risk,actor_kind,actor,references,summary,data,changes,private,position,proof\r\n")
        let row = try row("said \"yes\", twice\nand left", personal: ["user_agent": "<b>"])
        #expect(row.hasPrefix("1970-01-01T00:00:00"))
        #expect(row.contains(#",org_updated,low,system,orgs,org=org_x,"said ""yes"", twice"#))
        #expect(row.contains(#","{""n"":1}","[{""field"":""name"""#) || row.contains(#",{"n":1},"#) || row.contains(#""{""n"":1}""#))
        #expect(row.hasSuffix(",,none\r\n"))
    }
}
