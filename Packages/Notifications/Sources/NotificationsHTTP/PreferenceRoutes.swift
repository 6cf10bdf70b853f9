internal import Core
public import HTTPServer
internal import Identity
public import IdentityHTTP
public import Notifications
internal import Pages

/// What a person wants to be told by mail: `/v1/user/notification-preferences` (NOT-060), and the page that a link of a mail opens (NOT-059).
public struct PreferenceRoutes: Sendable {
    /// Where the page is.
    public static let path = "/mail/unsubscribe"

    private let preferences: any MailPreferring
    private let unsubscribing: any MailUnsubscribing
    private let links: any UnsubscribeLinks
    private let authenticator: Authenticator

    /// Makes the routes.
    public init(
        preferences: any MailPreferring, unsubscribing: any MailUnsubscribing, links: any UnsubscribeLinks, authenticator: Authenticator
    ) {
        self.preferences = preferences
        self.unsubscribing = unsubscribing
        self.links = links
        self.authenticator = authenticator
    }

    /// Adds the routes to a table.
    public func register(on router: inout Router) {
        router.describe("Notices") { Self.descriptions }
        let category = RouteCategory("user_management")
        router.add(
            .get, "/v1/user/notification-preferences", operation: "get_notification_preferences", category: category,
            authenticator.authenticated { _, principal in
                try principal.require(.userRead)
                return try .json(Self.body(try await preferences.preferences(of: principal.userID)))
            })
        router.add(
            .put, "/v1/user/notification-preferences", operation: "set_notification_preferences", category: category,
            authenticator.authenticated { request, principal in
                try principal.require(.userWrite)
                let wishes = try Self.wishes(try request.decode(Wishes.self))
                let before = try await preferences.preferences(of: principal.userID)
                guard wishes.contains(where: { wish in before.contains { $0.category == wish.category && $0.isOn != wish.isOn } })
                else { throw Self.nothingToChange }
                do {
                    return try .json(Self.body(try await preferences.set(wishes, of: principal.userID, as: principal.actor)))
                } catch let refusal as MailPreferenceRefused {
                    throw Self.problem(refusal)
                }
            })
        router.add(.get, Self.path, operation: "show_unsubscribe_page", category: RouteCategory("keep_link")) { request in
            guard let token = request.query["token"], let claims = links.claims(of: token) else { return Self.invalid }
            return Self.question(claims, token: token)
        }
        router.add(
            .post, Self.path, operation: "unsubscribe_from_mails", category: RouteCategory("keep_link"), bodyLimit: 4_096
        ) { request in
            let form = try? request.form()
            guard let token = form?["token"] ?? request.query["token"], let claims = links.claims(of: token),
                try await unsubscribing.unsubscribe(claims)
            else { return Self.invalid }
            return Self.page(
                "You will get no more of these mails", "<p role=\"status\">Nothing else changes. Sign in to turn them on again.</p>"
            ).response()
        }
    }

    struct Wishes: Decodable {
        let categories: [String: [String: Bool]]
    }

    static func wishes(_ given: Wishes) throws -> [MailPreference] {
        var all: [MailPreference] = []
        for (word, channels) in given.categories.sorted(by: { $0.key < $1.key }) {
            guard let category = MailCategory(rawValue: word) else {
                throw Problem.invalidField("categories", message: "there is no category of the name \(word.prefix(40))")
            }
            guard channels.keys.allSatisfy({ $0 == "mail" }) else {
                throw Problem.invalidField("categories", message: "the channel of \(word) must be mail")
            }
            if let isOn = channels["mail"] { all.append(MailPreference(category: category, isOn: isOn)) }
        }
        return all
    }

    private static func body(_ preferences: [MailPreference]) -> JSONValue {
        [
            "categories": .array(
                preferences.map {
                    [
                        "category": .string($0.category.rawValue), "channels": ["mail": .bool($0.isOn)],
                        "locked": .bool($0.category.lockedBecause != nil),
                        "locked_because": $0.category.lockedBecause.map { .string($0) } ?? .null,
                    ]
                })
        ]
    }

    // MARK: Refusals

    static let nothingToChange = Problem.badRequest("Nothing is different from what is set.", code: "NOTHING_TO_CHANGE")

    private static func problem(_ refusal: MailPreferenceRefused) -> Problem {
        switch refusal {
        case .locked(let category): locked(category)
        case .lastRecipient(let org): lastRecipient(org)
        }
    }

    static func locked(_ category: MailCategory) -> Problem {
        Problem.badRequest("\(category.rawValue) cannot be turned off. \(category.lockedBecause ?? "")", code: "CATEGORY_LOCKED")
    }

    static func lastRecipient(_ org: String) -> Problem {
        Problem(
            status: .conflict, code: "LAST_BILLING_RECIPIENT",
            detail: "Nobody else would hear what \(org) is charged. Set an address for its bills first, or ask another owner.")
    }

    // MARK: Pages

    private static func page(_ title: String, _ content: HTMLFragment) -> HTMLPage {
        HTMLPage(title: title, note: "Mails", content: content)
    }

    private static var invalid: Response {
        page("This link does not work", .error("It is not complete, or not one of ours. Open it again from the mail, or sign in."))
            .response(.badRequest)
    }

    private static func question(_ claims: UnsubscribeClaims, token: String) -> Response {
        let form = HTMLFragment.form(to: path, hidden: [("token", token)], "", button: "Send me no more of these")
        return page("Do you want no more of these mails?", "<p>It is about: \(claims.category.words).</p>\(form)").response()
    }
}

extension MailCategory {
    /// What it is about, in words.
    fileprivate var words: String {
        switch self {
        case .billingReminders: "reminders of what is charged soon"
        case .productActivity: "what happens in your organisations"
        case .graphWork: "how your graphs are"
        case .digest: "summaries"
        case .security, .contract: "what must be told"
        }
    }
}

extension PreferenceRoutes {
    static var descriptions: [RouteDescription] {
        let answer = Schema.object(
            "NotificationPreferences",
            [
                "categories": .array(
                    of: .object([
                        "category": .words(of: MailCategory.self), "channels": .object(["mail": .boolean]), "locked": .boolean,
                        "locked_because": Schema.string.orNull,
                    ]))
            ])
        return [
            RouteDescription(
                "get_notification_preferences", "Shows which mails the caller gets, by category.", for: .signedIn(with: .userRead)
            )
            .answers(.ok, "Every category; a locked one says why nobody can turn it off.", answer),
            RouteDescription("set_notification_preferences", "Turns categories of mails on and off.", for: .signedIn(with: .userWrite))
                .noting("What is left out stays. Mails that wait to be sent follow at once.")
                .takes(Schema.object(["categories": .map(of: .map(of: .boolean))]))
                .answers(.ok, "Every category as it is now.", answer)
                .refuses(nothingToChange, locked(.security), lastRecipient("Acme")),
            RouteDescription("show_unsubscribe_page", "Asks whether the holder of a mail's link wants no more of such mails.", for: .link)
                .noting("Opening it changes nothing.").query("token", .string, "The link's token.", isRequired: false)
                .answers(.ok, "The question.", as: "text/html").refuses(invalidLink).page(),
            RouteDescription(
                "unsubscribe_from_mails", "Turns such mails off by one click (RFC 8058); again it changes nothing.", for: .link
            )
            .noting("The token stands in the form of the page, or in the address as mail programs send it.")
            .query("token", .string, "The link's token.", isRequired: false)
            .takes(Schema.object([:]).withOptional(["token": .string]), as: "application/x-www-form-urlencoded")
            .answers(.ok, "They are off.", as: "text/html").refuses(invalidLink).page(),
        ]
    }

    private static let invalidLink = Problem.badRequest("The link is not complete, or not one of ours.")
}
