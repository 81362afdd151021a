# frozen_string_literal: true

module ShowcaseMemtrim
  # Brings the rake tasks into the app.
  class Railtie < ::Rails::Railtie
    rake_tasks { load File.join(__dir__, "tasks.rake") }
  end
end
