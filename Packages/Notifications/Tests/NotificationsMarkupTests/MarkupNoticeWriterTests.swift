import Core
import Identity
import Markup
import Notifications
import Orgs
import PlatformTesting
import Testing

@testable import NotificationsMarkup

/// The texts of notices: written in XML, checked at start, read by a person here.
@Suite struct MarkupNoticeWriterTests {
    private let day = Instant(secondsSinceEpoch: 1_769_853_900)

    private func notice(_ kind: Notice.Kind, via: String = "", until: Bool = true, resource: String = "Orders") -> Notice {
        Notice(
            id: .make(at: day), user: User.ID(high: 1, low: 1), kind: kind, severity: .info, decision: "d",
            org: kind == .recoveryCodesLow ? nil : Org.ID(high: 1, low: 2), subscription: nil, resource: resource, via: via, renewsAt: nil,
            until: until ? day : nil, createdAt: day)
    }

    @Test func `NOT-178 the text of every kind reads as a person has seen it, with and without what may be absent`() throws {
        let writer = try MarkupNoticeWriter()
        var lines: [String] = []
        for kind in Notice.Kind.allCases {
            let vias =
                switch kind {
                case .subscriptionKept: ["activity", "portal", "owner", "operator", "link"]
                case .capacity, .creditsLow: ["low", "empty"]
                case .limitWarning: ["9 of 10"]
                case .endpointDisabled: ["it is gone"]
                default: [""]
                }
            for via in vias {
                lines.append("\(kind.rawValue): \(try writer.text(of: notice(kind, via: via), in: "en"))")
                if kind.fields.contains(where: { $0.name == "until" && $0.isOptional }) {
                    lines.append("\(kind.rawValue): \(try writer.text(of: notice(kind, via: via, until: false), in: "en"))")
                }
            }
        }
        try Snapshot.verify(lines.joined(separator: "\n") + "\n", named: "notices")
    }

    @Test func `NOT-178 NOT-017 a name is text on one line, whatever stands in it`() throws {
        let text = try MarkupNoticeWriter().text(of: notice(.invitationDeclined, resource: "<b>\r\nBcc: \u{202E}x</b>"), in: "en")
        #expect(text == "<b> Bcc: x</b> does not want to join.")
        #expect(throws: NoticeWritingError.self) { try MarkupNoticeWriter().text(of: notice(.graphSuspended, until: false), in: "en") }
    }

    /// The English texts with one element beside them.
    private func writer(with element: String) throws -> MarkupNoticeWriter {
        let own = "<notices xmlns=\"urn:trellis:mail:1\">\n\(element)\n</notices>"
        return try MarkupNoticeWriter(
            files: try TemplateFiles.shippedNotices() + [TemplateFiles.File(name: "own.xml", bytes: Array(own.utf8), isFragment: false)])
    }

    @Test func `NOT-178 NOT-023 a language falls back from its region, and to English where there is no text of it`() throws {
        let writer = try writer(
            with: "<notice name=\"invitation_declined\" locale=\"de\"><value of=\"resource\"/> möchte nicht beitreten.</notice>")
        let declined = notice(.invitationDeclined)
        #expect(try writer.text(of: declined, in: "de-AT") == "Orders möchte nicht beitreten.")
        for other in ["en", "en-GB", "fr", ""] { #expect(try writer.text(of: declined, in: other) == "Orders does not want to join.") }
        #expect(try writer.text(of: notice(.recoveryCodesLow), in: "de").hasPrefix("Few of your recovery codes"))
    }

    @Test(arguments: [
        ("<notice name=\"nonsense\" locale=\"de\">x</notice>", "names no kind"),
        ("<notice name=\"capacity\" locale=\"en\">x</notice>", "must appear"),
        ("<notice name=\"invitation_declined\" locale=\"en\"><value of=\"resource\"/></notice>", "is there twice"),
        ("<notice name=\"invitation_declined\" locale=\"de\">x</notice>", "resource must appear"),
        ("<notice name=\"invitation_declined\" locale=\"de\"><value of=\"resource\"/><br/></notice>", "<br> has no place"),
        (
            "<notice name=\"invitation_declined\" locale=\"de\"><strong><link to=\"home\">x</link></strong><value of=\"resource\"/></notice>",
            "<link> has no place"
        ),
        ("<notice name=\"invitation_declined\" locale=\"de\"><value of=\"until\"/><value of=\"resource\"/></notice>", "no field until"),
        ("<notice name=\"invitation_declined\" locale=\"de\"><value of=\"app\"/><value of=\"resource\"/></notice>", "no field app"),
        ("<notice name=\"payment_failed\" locale=\"de\"><value of=\"resource\"/><value of=\"until\"/></notice>", "may be absent"),
        ("<notice name=\"graph_suspended\" locale=\"de\"><value of=\"resource\"/><value of=\"until\" as=\"week\"/></notice>", "no format"),
        ("<notice name=\"invitation_declined\"><value of=\"resource\"/></notice>", "needs the attribute locale"),
        ("<mail/>", "<notices> holds <notice>"),
    ])
    func `NOT-178 what is wrong in a text is refused at start with its place`(element: String, reason: String) throws {
        let error = #expect(throws: MarkupError.self) { try writer(with: element) }
        #expect(error?.source == "own.xml" && error?.line == 2)
        #expect(error?.reason.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test func `NOT-178 a kind without an English text does not start`() throws {
        let error = #expect(throws: MarkupError.self) { try MarkupNoticeWriter(files: []) }
        #expect(error?.reason == "the notice subscription_kept has no English text")
    }
}
