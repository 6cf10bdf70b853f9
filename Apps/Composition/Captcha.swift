internal import Core
internal import FoundationEssentials
internal import HTTPClient
internal import Identity
internal import IdentityCaptcha
internal import IdentityPostgres

extension Product {
    /// The captcha of the settings, each token of which is taken once; in the sandbox mode a scripted one stands in for the service.
    ///
    /// - Throws: `CaptchaMisconfigured` where only one of its two settings is given (ID-053).
    static func captcha(
        _ configuration: TrellisConfiguration, store: AppStore, transport: any HTTPTransport, secrets: any SecretMaker
    ) throws -> (settings: IdentitySettings.Captcha, verifier: any CaptchaVerifier)? {
        let host = URLComponents(string: configuration.publicURL)?.host
        guard
            let made = try TurnstileCaptcha.Configuration.make(
                siteKey: configuration.captchaSiteKey, secret: configuration.captchaSecret, host: host)
        else { return nil }
        let service: any CaptchaVerifier =
            configuration.stage.isSandbox ? ScriptedCaptcha() : TurnstileCaptcha(made.configuration, transport: transport)
        return (
            made.settings,
            SingleUseCaptcha(
                service, ledger: PostgresCaptchaLedger(client: store.client), secrets: secrets, dateSource: store.dateSource)
        )
    }
}
