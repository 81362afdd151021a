import { Controller } from "@hotwired/stimulus"

// Sends the form of a score as soon as a judge has chosen one.
export default class extends Controller {
  choose() {
    this.element.requestSubmit()
  }
}
