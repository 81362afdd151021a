# frozen_string_literal: true

# Gems that nothing of the app uses, of many forms. Without a question: all others have the same answers without them.
module AwkwardGems
  plant "plain_pot", "module PlainPot\n  SIZES = Array.new(2_000) { |size| \"pot of \#{size}\" }.freeze\nend\n"

  plant "pot_maker", {
    "lib/pot_maker.rb" => "module PotMaker\n  def self.make\n    puts \"a pot\"\n  end\nend\n",
    "exe/pot_maker" => "#!/usr/bin/env ruby\nrequire \"pot_maker\"\nPotMaker.make\n"
  }, spec: %(spec.bindir = "exe"; spec.executables = ["pot_maker"])

  plant "metric_fathoms", "module MetricFathoms\n  def fathoms\n    self * 1.8288\n  end\nend\n\nclass Numeric\n  include MetricFathoms\nend\n"

  plant "acts_as_hybrid", <<~RUBY, constants: %w[ActsAsHybrid]
    module ActsAsHybrid
      def acts_as_hybrid
        define_method(:hybrid?) { true }
      end
    end

    ActiveSupport.on_load(:active_record) { extend ActsAsHybrid }
  RUBY

  plant "wilted_helper", <<~RUBY
    module WiltedHelper
      def droop(text)
        "(\#{text})"
      end
    end

    ActiveSupport.on_load(:action_view) { include WiltedHelper }
  RUBY

  plant "pot_tasks", {
    "lib/pot_tasks.rb" => "module PotTasks\n  class Railtie < ::Rails::Railtie\n    rake_tasks { load File.expand_path(\"pot_tasks/tasks.rake\", __dir__) }\n  end\nend\n",
    "lib/pot_tasks/tasks.rake" => "namespace :pots do\n  task(:count) { puts 0 }\nend\n"
  }

  # Requires what it depends on; the Gemfile does not name that.
  plant "pot_suite", {
    "lib/pot_suite.rb" => "require \"bigdecimal\"\nrequire \"pot_suite/glaze\"\n\nmodule PotSuite\n  PRICE = BigDecimal(\"1.5\")\nend\n",
    "lib/pot_suite/glaze.rb" => "module PotSuite\n  class Glaze\n    COLOURS = %w[green brown].freeze\n  end\nend\n"
  }, spec: %(spec.add_dependency "concurrent-ruby")

  # The app has an Almanac of its own, in a namespace.
  plant "almanac", "module Almanac\n  def self.days\n    365\n  end\nend\n", page: "years", app: {
    "app/models/garden/almanac.rb" => "module Garden\n  class Almanac\n    def days\n      366\n    end\n  end\nend\n",
    "app/models/garden/year.rb" => "module Garden\n  class Year\n    def length\n      Almanac.new.days\n    end\n  end\nend\n",
    **page("years", action: "render plain: Garden::Year.new.length")
  }

  plant "bark_template", <<~RUBY
    module BarkTemplate
      def self.call(_template, source)
        source.inspect
      end
    end

    ActiveSupport.on_load(:action_view) { ActionView::Template.register_template_handler(:bark, BarkTemplate) }
  RUBY

  plant "smoke_renderer", "module SmokeRenderer\nend\n\nActionController::Renderers.add(:smoke) { |value, _options| \"smoke: \#{value}\" }\n"

  plant "dry_mime", "module DryMime\nend\n\nMime::Type.register \"application/x-dry\", :dry\n"

  # Reads the environment, as many do, and starts nothing.
  plant "timeout_pot", "module TimeoutPot\n  SECONDS = ENV.fetch(\"POT_TIMEOUT\", \"5\").to_i\n\n  def self.wait\n    sleep SECONDS\n  end\nend\n"

  # Named in a comment and in a document.
  plant "old_trellis", "module OldTrellis\n  def self.grow\n    :up\n  end\nend\n", app: {"README.md" => "# garden\n\nUntil 2019 plots were drawn by OldTrellis (the gem old_trellis).\n"},
    lines: {"app/controllers/plots_controller.rb" => "  # OldTrellis.grow was called here until old_trellis was given up."}

  plant "weed_validator", "class WeedValidator < ::ActiveModel::EachValidator\n  def validate_each(record, attribute, value)\n    record.errors.add(attribute) if value.include?(\"weed\")\n  end\nend\n"

  plant "sludge_queue", "require \"active_job\"\n\nmodule SludgeQueue\nend\n\nmodule ActiveJob\n  module QueueAdapters\n    class SludgeQueueAdapter\n      def enqueue(job)\n        job\n      end\n    end\n  end\nend\n"

  plant "nested-pot", {"lib/nested/pot.rb" => "module Nested\n  module Pot\n    LEVELS = 3\n  end\nend\n"}, line: %(, require: "nested/pot"), constants: %w[Nested]

  # In a directory of the app's own: its own files name it, nobody else's do.
  plant "hotbed", {"lib/hotbed.rb" => "require_relative \"hotbed/frame\"\n\nmodule Hotbed\n  def self.warm\n    Hotbed::Frame.new\n  end\nend\n", "lib/hotbed/frame.rb" => "module Hotbed\n  class Frame\n  end\nend\n"}, inside: true

  # Only assets, or only views, which nobody names.
  plant "thorns_css", {"lib/thorns_css.rb" => engine("ThornsCss", "thorns_css"), "app/assets/stylesheets/thorns.css" => STYLESHEET}
  plant "faded_views", {"lib/faded_views.rb" => engine("FadedViews", "faded_views"), "app/views/faded_views/_sign.html.erb" => "<p>faded</p>\n"}

  # Never loaded: nothing to trim.
  plant "cold_frame", "module ColdFrame\nend\n", line: ", require: false"
end
