internal import Core

/// The figures of Identity (identity.md, section 5), and what this deployment offers.
public struct IdentitySettings: Sendable, Hashable {
    /// What a page needs to show a captcha.
    public struct Captcha: Sendable, Hashable {
        /// The service, such as `turnstile`.
        public var provider: String
        /// The public key of the site.
        public var siteKey: String

        /// Makes settings of a captcha.
        public init(provider: String, siteKey: String) {
            self.provider = provider
            self.siteKey = siteKey
        }
    }

    /// How long an access token lives.
    public var tokenLifetime: Duration = .minutes(30)
    /// How long before its end a client should refresh it.
    public var refreshThreshold: Duration = .seconds(300)
    /// How long after its end it can still be refreshed.
    public var refreshGrace: Duration = .seconds(300)
    /// How long a token still works after it was refreshed.
    public var refreshOverlap: Duration = .seconds(5)
    /// How long a session lives, whatever happens.
    public var sessionLifetime: Duration = .days(30)
    /// How long the link in a verification mail works.
    public var verificationLifetime: Duration = .hours(24)
    /// How long the link in a reset mail works.
    public var resetLifetime: Duration = .hours(1)
    /// How long a change of address can be taken back by the old one.
    public var revertLifetime: Duration = .hours(72)
    /// How long an account may be there without its address ever having been proven, and how long the link works that disowns it (ID-019, ID-020).
    public var unverifiedLifetime: Duration = .days(30)
    /// How long before that its owner is told.
    public var unverifiedNotice: Duration = .days(7)
    /// Whether an account that belongs to no org any more is switched off (ID-150).
    public var deactivatesOrphans = false
    /// How long the end of an account can be taken back.
    public var deletionGrace: Duration = .days(30)
    /// Whether anybody may register.
    public var isRegistrationOpen = true
    /// Whether people sign in by password.
    public var isPasswordSignInEnabled = true
    /// Whether addresses are verified by mail; without it accounts are born verified (ID-021).
    public var verifiesEmail = true
    /// The captcha, where one is asked for.
    public var captcha: Captcha?
    /// Whether signing in asks for the captcha too, always; without it one that is sent lifts the wait of an account.
    public var asksCaptchaOnSignIn = false
    /// Whether asking for a reset asks for the captcha too.
    public var asksCaptchaOnReset = false

    /// Who must have a second factor.
    public var secondFactors = SecondFactorEnforcement.off
    /// What authenticators call the product.
    public var productName = "Trellis"

    /// The apps to which a sign-in can be carried.
    public var apps = SisterApp.standard

    /// Makes settings with the product's figures.
    public init() {}
}
