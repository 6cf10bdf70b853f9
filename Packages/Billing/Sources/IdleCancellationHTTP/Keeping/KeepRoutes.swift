internal import Core
public import HTTPServer
public import IdleCancellation
internal import Pages

/// The keep page, `/sub/keep` (ADM-085): the link of the mail is the only authorisation, cookies and credentials are not looked at.
///
/// Opening it writes nothing, because mail programs and scanners open links too; `POST` acts.
public struct KeepRoutes: Sendable {
    static let path = "/sub/keep"
    /// Thirty a minute for each network (IDL-053).
    static let category = RouteCategory("keep_link")
    private static let title = "Keep the subscription"
    private static let bodyLimit = 4_096
    private let pages: any KeepPageResponding
    private let makeNonce: @Sendable () -> String

    /// Makes the page.
    public init(pages: any KeepPageResponding) {
        self.init(pages: pages, makeNonce: Self.randomNonce)
    }

    /// - Parameter makeNonce: makes the word that tells the page's own script from any other (CSP level 3, section 2.3.1).
    init(pages: any KeepPageResponding, makeNonce: @escaping @Sendable () -> String) {
        self.pages = pages
        self.makeNonce = makeNonce
    }

    /// Adds the page to a table. `HEAD` answers as `GET` without the page.
    public func register(on router: inout Router) {
        router.describe("Pages") { Self.descriptions }
        router.add(.get, Self.path, operation: "show_keep_page", category: Self.category) { [self] request in
            guard let token = request.query["t"] else { return KeepPage.invalid.response(token: nil, nonce: makeNonce()) }
            return try await pages.show(token).response(token: token, nonce: makeNonce())
        }
        router.add(.post, Self.path, operation: "keep_page", category: Self.category, bodyLimit: Self.bodyLimit) { [self] request in
            let form = try? request.form()
            guard let token = form?["t"] ?? request.query["t"] else { return KeepPage.invalid.response(token: nil, nonce: makeNonce()) }
            return try await pages.act(token).response(token: token, nonce: makeNonce())
        }
    }

    /// 128 bits of the system's randomness.
    private static func randomNonce() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<2).map { _ in String(generator.next() as UInt64, radix: 36) }.joined()
    }
}

extension KeepPage {
    /// The page with its status and headers.
    func response(token: String?, nonce: String) -> Response {
        switch self {
        case .invalid:
            return page(
                "This link does not work", .error("It is not complete, or not one of ours. Open it again from the mail, or sign in.")
            ).response(
                .badRequest)
        case .periodEnded:
            return page(
                "The period has already ended",
                .status(
                    "There is nothing left to keep. Sign in to subscribe again: within the time of retention everything is still there.")
            ).response()
        case .continues(let facts):
            let text: HTMLFragment = """
                <p role="status">The subscription continues. It renews on \(facts.periodEnd.inWords).</p>\(facts.table("Renews"))
                <p class="note">Did you not mean it? Sign in and cancel on the billing page.</p>
                """
            return page("The subscription continues", text).response()
        case .alreadyActive(let facts):
            let text: HTMLFragment =
                "<p role=\"status\">The subscription is already active. There is nothing to do.</p>\(facts.table("Renews"))"
            return page("Already active", text).response()
        case .endedOtherwise(let facts):
            let text: HTMLFragment = """
                <p role="status">Nothing is waiting to be kept: your organisation or the payment provider decided on this subscription since, or \
                its end was not carried out. This link changes nothing. Sign in to see and manage it.</p>\(facts.table("Period ends"))
                """
            return page("Nothing to keep", text).response()
        case .pending(let facts):
            return pending(facts, token: token ?? "", nonce: nonce)
        }
    }

    private func pending(_ facts: KeepPageFacts, token: String, nonce: String) -> Response {
        let form = HTMLFragment.form(to: KeepRoutes.path, hidden: [("t", token)], "", button: "Keep the subscription")
        let text: HTMLFragment = """
            <p>Keeping it takes the planned end back: it renews on \(facts.periodEnd.inWords), on the same plan. Nothing else changes.</p>
            \(facts.table("Would end"))
            \(form)
            <script nonce="\(nonce)">\(Self.script)</script>
            """
        var response = page("Keep the subscription", text).response()
        let policy = response.headers["Content-Security-Policy"] ?? ""
        response.headers["Content-Security-Policy"] = policy + "; script-src 'nonce-\(nonce)'"
        return response
    }

    private func page(_ title: String, _ content: HTMLFragment) -> HTMLPage {
        HTMLPage(title: title, note: "Subscription", content: content)
    }

    /// Sends the form once, when somebody looks at the page: not while it is prepared unseen, and not in a hidden tab.
    private static let script: HTMLFragment = """
        (function () {
          var sent = false;
          function send() {
            if (sent || document.prerendering || document.visibilityState !== 'visible') { return; }
            sent = true;
            document.forms[0].submit();
          }
          document.addEventListener('visibilitychange', send);
          document.addEventListener('prerenderingchange', send);
          send();
        })();
        """
}

extension KeepPageFacts {
    fileprivate func table(_ label: String) -> HTMLFragment {
        """
        <dl><dt>For</dt><dd>\(resource)</dd><dt>Organisation</dt><dd>\(org)</dd><dt>\(label)</dt><dd>\(periodEnd.inWords)</dd></dl>
        """
    }
}

extension Instant {
    /// `31 January 2027, 10:05 UTC`
    fileprivate var inWords: String {
        let months = [
            "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
        ]
        let date = calendarDate
        let minutes = Int((secondsSinceEpoch - date.startOfDay.secondsSinceEpoch) / 60)
        func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(date.day) \(months[date.month - 1]) \(date.year), \(twoDigits(minutes / 60)):\(twoDigits(minutes % 60)) UTC"
    }
}
