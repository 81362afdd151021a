import "@hotwired/turbo-rails"
import "controllers"
import "channels/scores"
