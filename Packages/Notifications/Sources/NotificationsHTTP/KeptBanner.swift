internal import HTTPServer

/// The element that shows in any page that subscriptions were kept (IDL-061): a script without dependencies.
enum KeptBanner {
    static let path = "/assets/kept-banner.js"

    static var response: Response {
        var headers = Headers()
        headers["Content-Type"] = "text/javascript; charset=utf-8"
        headers["Cache-Control"] = "public, max-age=300"
        headers["X-Content-Type-Options"] = "nosniff"
        return Response(status: .ok, headers: headers, body: .bytes(Array(script.utf8)))
    }

    /// Names of resources are put in as text, never as markup; the style is a sheet of the element's own, which no policy of the page forbids.
    static let script = #"""
        // <trellis-kept-banner api="https://api.example.com"></trellis-kept-banner>
        // Set the property `token` to an access token, or to a function that gives one. `refresh()` asks again.
        (function () {
          'use strict';
          if (customElements.get('trellis-kept-banner')) { return; }

          var reasons = {
            link: 'the link of our mail was used', activity: 'it is used', portal: 'it was renewed on the payment provider\u2019s pages',
            owner: 'the end was taken back', operator: 'calling it off was our mistake'
          };
          var css = ':host{display:block}[hidden]{display:none!important}' +
            'section{border:1px solid #15803d;border-radius:.4rem;padding:.75rem 1rem;margin:1rem 0;font:inherit}' +
            'h2{font-size:1rem;margin:0 0 .5rem}ul{list-style:none;margin:0;padding:0}' +
            'li{display:flex;gap:1rem;align-items:baseline;justify-content:space-between;flex-wrap:wrap;padding:.25rem 0}' +
            'button{font:inherit;padding:.25rem .75rem;cursor:pointer}.error{color:#b91c1c;flex-basis:100%;margin:0}';

          function make(tag, text) {
            var node = document.createElement(tag);
            if (text) { node.textContent = text; }
            return node;
          }

          class KeptBanner extends HTMLElement {
            connectedCallback() {
              if (!this.shadowRoot) {
                var root = this.attachShadow({ mode: 'open' });
                var sheet = new CSSStyleSheet();
                sheet.replaceSync(css);
                root.adoptedStyleSheets = [sheet];
              }
              this.refresh();
            }

            async request(path, options) {
              var token = typeof this.token === 'function' ? await this.token() : this.token;
              var headers = token ? { Authorization: 'Bearer ' + token } : {};
              return fetch((this.getAttribute('api') || '') + path, Object.assign({ headers: headers }, options));
            }

            async refresh() {
              var notices = [];
              try {
                var answer = await this.request('/v1/user');
                if (answer.ok) {
                  var user = await answer.json();
                  notices = (user.pending_notices || []).filter(function (n) { return n.kind === 'subscription_kept'; });
                }
              } catch (failure) {
                // Without an answer there is nothing to show.
              }
              this.show(notices);
              this.dispatchEvent(new CustomEvent('trellis-kept-banner-ready', { detail: { count: notices.length } }));
            }

            show(notices) {
              this.shadowRoot.replaceChildren();
              if (!notices.length) { return; }
              var section = make('section');
              section.setAttribute('role', 'status');
              section.append(make('h2', notices.length === 1 ? 'A subscription was kept' : notices.length + ' subscriptions were kept'));
              var list = make('ul');
              for (var notice of notices) { list.append(this.item(notice)); }
              section.append(list);
              this.shadowRoot.append(section);
            }

            item(notice) {
              var date = notice.renews_at ? new Date(notice.renews_at) : null;
              var day = date ? date.toLocaleDateString(document.documentElement.lang || 'en', { dateStyle: 'long', timeZone: 'UTC' }) : '';
              var item = make('li');
              item.dataset.notice = notice.id;
              item.append(make('span', (notice.resource || 'The subscription') + ' continues, because ' + (reasons[notice.via] || 'it was kept') +
                (day ? '. It renews on ' + day + '.' : '.')));
              var button = make('button', 'Dismiss');
              button.type = 'button';
              button.setAttribute('aria-label', 'Dismiss: ' + (notice.resource || 'subscription'));
              button.addEventListener('click', () => this.dismiss(item, notice.id));
              item.append(button);
              return item;
            }

            // It disappears at once, and comes back when the call fails.
            async dismiss(item, id) {
              this.hide(item, true);
              var done = false;
              try {
                var answer = await this.request('/v1/user/notices/' + encodeURIComponent(id) + '/acknowledge', { method: 'POST' });
                done = answer.ok || answer.status === 404;
              } catch (failure) {
                done = false;
              }
              if (done) {
                item.remove();
              } else {
                this.hide(item, false);
                if (!item.querySelector('.error')) {
                  var error = make('p', 'It could not be dismissed. Please try again.');
                  error.className = 'error';
                  error.setAttribute('role', 'alert');
                  item.append(error);
                }
              }
              this.dispatchEvent(new CustomEvent('trellis-kept-banner-dismissed', { detail: { id: id, done: done } }));
            }

            hide(item, isHidden) {
              item.hidden = isHidden;
              var section = item.closest('section');
              if (section) { section.hidden = !section.querySelector('li:not([hidden])'); }
            }
          }

          customElements.define('trellis-kept-banner', KeptBanner);
        })();

        """#
}
