internal import Core
internal import Cryptography
internal import HTTPClient
internal import HTTPServer
internal import IdentityHTTP
internal import Notifications
internal import NotificationsHTTP
internal import NotificationsPostgres
internal import NotificationsWebhooks
internal import Orgs

extension Product {
    /// Writes what customers' systems hear of.
    var webhookPublisher: WebhookPublisher { WebhookPublisher(publicURL: foundations.configuration.publicURL) }

    /// Signs messages to customers and hands them to public addresses; in development to this machine as well.
    func webhookSender() throws -> HTTPWebhookSender {
        let rules = DestinationRules(allowsLoopback: foundations.configuration.stage == .development)
        return HTTPWebhookSender(
            transport: CurlTransport(configuration: HTTPWebhookSender.transportConfiguration(rules)),
            sealer: try SecretSealer(keys: KeyRing(foundations.configuration.masterKeys)), rules: rules)
    }

    /// The endpoints of orgs, and where reports about mails come in.
    func registerWebhooks(on router: inout Router, authenticator: Authenticator) throws {
        WebhookEndpointRoutes(
            service: WebhookService(
                store: notificationStore, secrets: try webhookSender(), publisher: webhookPublisher, dateSource: foundations.dateSource),
            authorizer: authorizer, authenticator: authenticator
        ).register(on: &router)
        guard let secret = foundations.configuration.mailFeedbackSecret else { return }
        FeedbackRoutes(desk: FeedbackIntake(store: notificationStore), dateSource: foundations.dateSource) { headers, body, now in
            StandardWebhook.isValid(
                id: headers["webhook-id"], timestamp: headers["webhook-timestamp"], signature: headers["webhook-signature"], body: body,
                secrets: [secret], at: now)
        }.register(on: &router)
    }
}
