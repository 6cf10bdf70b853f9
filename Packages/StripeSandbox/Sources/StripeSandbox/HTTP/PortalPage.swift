internal import Core

/// What the hosted page of a customer shows.
struct PortalPage {
    let session: PortalSession
    let account: Account
    var message: String?

    var page: Page {
        Page(
            title: "Billing",
            content: """
                \(message.map { Page.error($0) } ?? "")
                <h2>Plans</h2>
                \(subscriptions.isEmpty ? "<p>There is no plan.</p>" : subscriptions.map(plan).joined(separator: "\n"))
                <h2>Cards</h2>
                \(cards.map(card).joined(separator: "\n"))
                \(!features.updatesMethods ? "" : form("<label for=\"card\">Card number</label><br><input id=\"card\" name=\"card\" inputmode=\"numeric\" autocomplete=\"cc-number\" "
                    + "value=\"4242424242424242\"> " + button("add", "Add card")))
                \(features.showsInvoices ? "<h2>Invoices</h2>\n<ul>\(invoices.map(invoice).joined())</ul>" : "")
                \(session.returnURL.map { "<p><a href=\"\(Page.escape($0))\">Go back</a></p>" } ?? "")
                """)
    }

    /// What the visit's configuration allows.
    private var features: PortalConfiguration.Features { account.portalFeatures(of: session) }

    private var subscriptions: [Subscription] {
        (account.subscriptionsOfCustomer[session.customer] ?? []).compactMap { account.subscriptions[$0] }.filter { !$0.status.isTerminal }
    }

    private var cards: [PaymentMethod] {
        account.paymentMethods.newestFirst.filter { $0.customer == session.customer }
    }

    private var invoices: [Invoice] {
        features.showsInvoices ? account.invoices.newestFirst.filter { $0.customer == session.customer && $0.number != nil } : []
    }

    private func isDefault(_ method: PaymentMethod) -> Bool {
        account.customers[session.customer]?.defaultPaymentMethod == method.id
    }

    /// Prices that a subscription can change to: active, of the same currency and interval.
    private func otherPrices(_ subscription: Subscription) -> [Price] {
        guard features.updatesSubscription, let present = subscription.items.first.flatMap({ account.prices[$0.price] }) else { return [] }
        return account.prices.newestFirst.filter {
            $0.isActive && $0.id != present.id && $0.interval == present.interval && $0.currency == present.currency
                && (features.prices.isEmpty || features.prices.contains($0.id))
        }
    }

    private func name(_ price: Price) -> String {
        "\(account.products[price.product]?.name ?? "Item"), \(Account.text(price.unitAmount, price.currency))"
    }

    private func plan(_ subscription: Subscription) -> String {
        let price = subscription.items.first.flatMap { account.prices[$0.price] }
        let title = Page.escape(price.map(name) ?? "Plan")
        let end = Instant(secondsSinceEpoch: subscription.cancelAt ?? subscription.currentPeriodEnd)
        let id = subscription.id
        let change: String
        if subscription.cancelAt != nil {
            change = button("keep:\(id)", "Do not cancel")
        } else {
            let others = otherPrices(subscription).map { button("plan:\(id)/\($0.id)", "Change to " + name($0)) }
            let ends =
                features.cancelsAtPeriodEnd
                ? button("cancel:\(id)", "Cancel at the end of the period") + " " + button("cancel_now:\(id)", "Cancel now")
                : button("cancel_now:\(id)", "Cancel now")
            let cancel = """
                <p><label for="reason-\(id)">Why do you cancel? (you need not say)</label><br><input id="reason-\(id)" name="reason"></p>
                \(ends)
                """
            change = (features.cancels ? cancel : "") + (others.isEmpty ? "" : "<p>\(others.joined(separator: " "))</p>")
        }
        return """
            <fieldset><legend>\(title)</legend>
            <p>\(subscription.status.rawValue), \(subscription.cancelAt == nil ? "renews" : "ends") on \(end.description.prefix(10)).</p>
            \(form(change))
            </fieldset>
            """
    }

    private func card(_ method: PaymentMethod) -> String {
        let acts =
            !features.updatesMethods
            ? ""
            : (isDefault(method) ? "the one that is charged " : button("default:\(method.id)", "Charge this one") + " ")
                + button("remove:\(method.id)", "Remove")
        return form("•••• \(method.card.last4), \(acts)")
    }

    private func invoice(_ invoice: Invoice) -> String {
        "<li><a href=\"\(Page.escape(account.invoiceAddress(invoice.id)))\">\(Page.escape(invoice.number ?? ""))</a>, "
            + "\(Account.text(invoice.total, invoice.currency)), \(invoice.status.rawValue)</li>"
    }

    private func form(_ content: String) -> String {
        "<form method=\"post\" action=\"/portal/\(Page.escape(session.secret))\">\(content)</form>"
    }

    private func button(_ act: String, _ title: String) -> String {
        "<button type=\"submit\" name=\"act\" value=\"\(Page.escape(act))\">\(Page.escape(title))</button>"
    }

    /// The same for automation.
    var json: JSONValue {
        [
            "id": .string(session.id), "customer": .string(session.customer), "return_url": JSONValue(session.returnURL),
            "subscriptions": .array(
                subscriptions.map { subscription in
                    [
                        "id": .string(subscription.id), "status": .string(subscription.status.rawValue),
                        "cancel_at": subscription.cancelAt.map { .integer($0) } ?? .null,
                        "prices": .array(otherPrices(subscription).map { .string($0.id) }),
                    ]
                }),
            "cards": .array(
                cards.map { ["id": .string($0.id), "last4": .string($0.card.last4), "is_default": .bool(isDefault($0))] }),
            "invoices": .array(
                invoices.map { ["id": .string($0.id), "number": JSONValue($0.number), "status": .string($0.status.rawValue)] }),
        ]
    }
}
