# frozen_string_literal: true

module ShowcaseMemtrim
  module Cable
    class Check
      # The answer, for people.
      class Text
        def initialize(check, width)
          @check = check
          @width = width
        end

        def to_s
          [verdict, *against, *required, *unknown, *following].join("\n") + "\n"
        end

        private

        def verdict
          classes = @check.classes
          return "There are no channels (app/channels), and no pages with turbo_stream_from: nothing for an Action Cable server to serve." unless @check.any?
          count = ["#{classes.size} #{(classes.size == 1) ? "class" : "classes"} of app/channels", *("Turbo::StreamsChannel" if @check.turbo_streams?)]
          count.shift if classes.empty?
          return "Qualifies: #{count.join(" and ")} can be served without the app." if @check.qualifies?
          return "Does not start as it is: config/cable.yml." if @check.findings.select(&:against?).all? { |finding| finding.kind == :subscriptions }
          "Needs the full server: not all that #{count.join(" and ")} need is there without the app."
        end

        def against
          list("What speaks against it", @check.findings.select(&:against?))
        end

        def required
          list("What config.require has to name", @check.findings.select(&:required)) { |finding| "#{finding.text}: \"#{finding.required}\"" }
        end

        def unknown
          list("What can't be known", @check.findings.select { |finding| finding.kind == :unknown })
        end

        def list(title, findings)
          return [] if findings.empty?
          ["", "#{title}:", *findings.map { |finding| "  #{finding.place}  #{block_given? ? yield(finding) : finding.text}" }]
        end

        def following
          return [] if !@check.qualifies? || !@check.any?
          ["", "next: memtrim cable --write   # cable/config.ru and bin/cable"]
        end
      end
    end
  end
end
