internal import Billing
internal import Core
internal import HTTPServer
internal import Identity
internal import IdentityHTTP

extension LifecycleRoutes {
    static var descriptions: [RouteDescription] { life + methods }

    private static var life: [RouteDescription] {
        [
            RouteDescription("uncancel_org_subscription", "Takes the end of a subscription back, until it comes.", for: .billingOwner)
                .noting("Also the person whose seat it is.").answers(.ok, "The subscription.", BillingSchemas.subscription)
                .refuses(
                    BillingError.notFound, BillingError.cancellationFinal, BillingError.subscriptionBusy(.provisioning),
                    BillingError.subscriptionBusy(.upgrading)
                ).provider().rehearsable(isAnsweredElse: false),
            RouteDescription(
                "get_org_subscription_history", "Lists everything that happened to a subscription, the oldest first.", for: .billingReader
            )
            .answers(
                .ok, "What happened.",
                .object(
                    "SubscriptionHistory",
                    [
                        "items": .array(
                            of: .object(
                                "SubscriptionHistoryItem",
                                [
                                    "kind": .words(of: HistoryItem.Kind.self), "id": .string, "at": .instant, "type": .string,
                                    "detail": .string,
                                ]))
                    ])
            ).refuses(BillingError.notFound, BillingError.adminRequired, BillingError.ownerRequired),
            RouteDescription(
                "explain_org_subscription", "Explains why a subscription gives the access it gives, and what comes next.",
                for: .billingReader
            )
            .answers(.ok, "The explanation.", explanation)
            .refuses(BillingError.notFound, BillingError.adminRequired, BillingError.ownerRequired),
        ]
    }

    private static var methods: [RouteDescription] {
        [
            RouteDescription("list_payment_methods", "Lists what an org can pay with.", for: .billingOwner(with: .billingRead))
                .answers(.ok, "The methods.", .object("PaymentMethods", ["payment_methods": .array(of: BillingSchemas.method)]))
                .refuses(BillingError.notFound),
            RouteDescription("start_payment_method_setup", "Opens the provider's page on which a method is added.", for: .billingOwner)
                .mayTake(Schema(decoding: MethodSetupBody.self).telling("make_default", "Charge it from then on."))
                .answers(
                    .created, "Where it is.",
                    .object("PaymentMethodSetup", ["setup_url": .text("https://checkout.example.com/c/setup/cs_1")])
                )
                .refuses(BillingError.noProviderCustomer, BillingError.notFound).provider().rehearsable(isAnsweredElse: true),
            RouteDescription("set_default_payment_method", "Charges another method from now on, everywhere.", for: .billingOwner)
                .takes(
                    Schema(decoding: DefaultMethodBody.self).telling("id", "The id of the method.")
                        .telling("retry_open_invoices", "Try again what could not be charged.")
                )
                .answers(.accepted, "It is being changed.", .object("DefaultPaymentMethod", ["id": .text("pm_1"), "is_default": .boolean]))
                .refuses(BillingError.notFound, BillingError.noProviderCustomer).provider().rehearsable(isAnsweredElse: true),
            RouteDescription("remove_payment_method", "Takes a method away.", for: .billingOwner)
                .query("id", .text("pm_1"), "The id of the method.", isRequired: true).answers(.noContent, "It is away.")
                .refuses(BillingError.notFound, BillingError.lastPaymentMethod, BillingError.noProviderCustomer).provider().rehearsable(
                    isAnsweredElse: true),
        ]
    }

    private static var explanation: Schema {
        .object(
            "SubscriptionExplanation",
            [
                "subscription": BillingSchemas.subscription,
                "access": .object(["level": .text("read_write"), "reason": .text("active"), "changes_at": .instant.orNull]),
                "next": .array(of: .object(["at": .instant, "what": .string])),
                "pending": .array(
                    of: .object([
                        "id": .id("bint"), "kind": .string, "state": .words(of: ProviderIntent.State.self), "attempts": .integer,
                    ])),
                "rights": .map(of: .array(of: .text("owner"))),
            ])
    }
}
