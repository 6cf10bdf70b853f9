public import Core
public import HTTPServer
public import Notifications

/// Where those who carry mail report what became of it: `POST /v1/mail/feedback`, signed as Standard Webhooks are (NOT-055).
public struct FeedbackRoutes: Sendable {
    /// Says whether a body came from somebody who knows the secret.
    public typealias Verification = @Sendable (_ headers: Headers, _ body: [UInt8], _ now: Instant) -> Bool

    private let desk: any MailFeedbackTaking
    private let dateSource: any DateSource
    private let verify: Verification

    /// Makes the routes.
    public init(desk: any MailFeedbackTaking, dateSource: any DateSource, verify: @escaping Verification) {
        self.desk = desk
        self.dateSource = dateSource
        self.verify = verify
    }

    /// Adds the route to a table.
    public func register(on router: inout Router) {
        router.describe("Mail") { Self.descriptions }
        router.add(
            .post, "/v1/mail/feedback", operation: "report_mail_feedback", category: RouteCategory("public_api"), bodyLimit: 65_536
        ) { request in
            guard verify(request.headers, request.body, dateSource.now) else { throw Self.unsigned }
            let report = try request.decode(Report.self)
            guard
                let feedback = MailFeedback(
                    mail: report.messageID.flatMap(Self.mail), recipient: report.recipient.flatMap { MailAddress($0) }, kind: report.kind,
                    code: report.code)
            else { throw Problem.invalidField("message_id", message: "must be a Message-ID of ours, where no recipient is named") }
            let outcome = try await desk.take(feedback)
            return try .json(["outcome": .string(outcome.rawValue)] as JSONValue)
        }
    }

    private struct Report: Decodable {
        let messageID: String?
        let recipient: String?
        let kind: MailFeedback.Kind
        let code: String?

        enum CodingKeys: String, CodingKey {
            case messageID = "message_id"
            case recipient, kind, code
        }
    }

    /// The id, with or without brackets and domain around it.
    private static func mail(_ messageID: String) -> Mail.ID? {
        messageID.split { !($0.isLetter || $0.isNumber || $0 == "_") }.lazy.compactMap { Mail.ID(String($0)) }.first
    }

    private static let unsigned = Problem.badRequest("The signature is not valid.", code: "INVALID_SIGNATURE")

    private static var descriptions: [RouteDescription] {
        [
            RouteDescription("report_mail_feedback", "Takes what a mail system reports about a mail.", for: .everybody)
                .noting(
                    "The body is signed as Standard Webhooks 1.0 asks, with the secret of TRELLIS_MAIL_FEEDBACK_SECRET. Told again it changes nothing."
                )
                .answers(.ok, "What it came to.", .object("MailFeedbackOutcome", ["outcome": .text("taken")]))
                .refuses(unsigned)
        ]
    }
}
