internal import Core

/// What the hosted page of a checkout session shows.
struct CheckoutPage {
    let session: CheckoutSession
    let account: Account
    var message: String?

    var page: Page {
        switch session.status {
        case "open":
            Page(title: session.mode == "setup" ? "Save a card" : session.mode == "payment" ? "Pay" : "Subscribe", content: open)
        case "complete":
            Page(
                title: "Payment complete",
                content:
                    "<p role=\"status\">This checkout is complete.</p><p><a href=\"\(Page.escape(session.filledSuccessURL))\">Go on</a></p>"
            )
        default:
            Page(
                title: "Checkout expired",
                content: "<p role=\"status\">This checkout is no longer open. Nothing was charged.</p>\(cancelLink)")
        }
    }

    private var currency: String { session.currency ?? "usd" }

    private var open: String {
        if let card = session.pendingCard { return authentication(card) }
        let rows = session.lineItems.map { item in
            let price = account.prices[item.price]
            let name = price.flatMap { account.products[$0.product]?.name } ?? "Item"
            let amount = Account.text((price?.unitAmount ?? 0) * item.quantity, currency)
            return "<tr><td>\(Page.escape(name))</td><td>\(item.quantity)</td><td>\(amount)</td></tr>"
        }
        let table =
            rows.isEmpty
            ? "" : "<table><thead><tr><th>Item</th><th>Quantity</th><th>Amount</th></tr></thead><tbody>\(rows.joined())</tbody></table>"
        let due = Account.text(session.amountDue(in: account), currency)
        let email =
            session.customer == nil && session.customerEmail == nil
            ? "<p><label for=\"email\">E-mail</label><br><input id=\"email\" name=\"email\" type=\"email\" autocomplete=\"email\"></p>" : ""
        let buttons = TestCard.all.map { card in
            "<button type=\"submit\" name=\"card\" value=\"\(card.number)\">\(Page.escape(card.title)) (•••• \(card.last4))</button><br>"
        }
        let code =
            session.allowsPromotionCodes
            ? "<p><label for=\"code\">Promotion code</label><br><input id=\"code\" name=\"promotion_code\" autocomplete=\"off\"></p>" : ""
        let off = session.amountOff(in: account)
        let discount = off > 0 ? "<p>Discount: \(Account.text(off, currency))</p>" : ""
        return """
            \(message.map { Page.error($0) } ?? "")
            \(table)
            \(discount)
            <p><strong>Due today: \(due)</strong></p>
            <form method="post" action="/checkout/\(session.id)">
            <fieldset><legend>Card</legend>
            \(email)
            \(code)
            <p><label for="number">Card number</label><br>
            <input id="number" name="number" inputmode="numeric" autocomplete="cc-number" value="4242424242424242"></p>
            <p><button class="main" type="submit">\(session.mode == "setup" ? "Save" : "Pay \(due)")</button></p>
            </fieldset>
            <fieldset><legend>Or choose a test card</legend>
            \(buttons.joined(separator: "\n"))
            </fieldset>
            </form>
            \(cancelLink)
            """
    }

    private func authentication(_ card: TestCard) -> String {
        """
        <p>The bank of the card •••• \(card.last4) wants to know that it is you.</p>
        <form method="post" action="/checkout/\(session.id)/authenticate">
        <p><button class="main" type="submit" name="outcome" value="succeed">Complete authentication</button></p>
        <p><button type="submit" name="outcome" value="fail">Fail authentication</button></p>
        </form>
        \(cancelLink)
        """
    }

    private var cancelLink: String {
        session.cancelURL.map { "<p><a href=\"\(Page.escape($0))\">Cancel and go back</a></p>" } ?? ""
    }

    /// The same for automation.
    var json: JSONValue {
        [
            "id": .string(session.id), "mode": .string(session.mode),
            "status": .string(session.pendingCard == nil ? session.status : "requires_action"),
            "amount_due": .integer(session.amountDue(in: account)), "currency": .string(currency),
            "cancel_url": JSONValue(session.cancelURL),
            "redirect_to": session.status == "complete" ? .string(session.filledSuccessURL) : .null,
            "cards": .array(TestCard.all.map { ["number": .string($0.number), "title": .string($0.title)] }),
        ]
    }
}
