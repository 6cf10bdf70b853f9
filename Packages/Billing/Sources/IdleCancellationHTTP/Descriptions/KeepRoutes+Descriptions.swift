internal import HTTPServer
internal import IdentityHTTP

extension KeepRoutes {
    static var descriptions: [RouteDescription] {
        [
            RouteDescription(
                "show_keep_page", "The page of the link by which a subscription is kept that would end for want of use.", for: .link
            )
            .noting(
                "Opening it changes nothing; cookies and credentials are not looked at. The page of a subscription that can be kept submits itself."
            )
            .query("t", .string, "The link's token.", isRequired: false)
            .answers(.ok, "What the link can still do, or what became of it.", as: "text/html").refuses(invalid).page(),
            RouteDescription("keep_page", "Keeps the subscription, once; afterwards it says what became of it.", for: .link)
                .takes(Schema.object(["t": .string]), as: "application/x-www-form-urlencoded")
                .answers(.ok, "It is kept, or the reason why there is nothing to keep.", as: "text/html").refuses(invalid).page(),
        ]
    }

    private static let invalid = Problem.badRequest("The link is not complete, or not one of ours.")
}
