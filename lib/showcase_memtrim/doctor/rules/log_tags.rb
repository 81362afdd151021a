# frozen_string_literal: true

module ShowcaseMemtrim
  class Doctor
    module Rules
      # Tags that are made for every request, and put before every line of it.
      class LogTags < Rule
        # Rails writes one (:request_id).
        FEW = 2

        def findings
          setting = app.settings.last("log_tags")
          return [] unless setting&.certain && app.serves? && setting.node.is_a?(Prism::ArrayNode)
          procs = setting.node.elements.count { |element| proc?(element) }
          count = setting.node.elements.size
          return [] if (procs.zero? && count <= FEW) || setting.node.elements.any?(Prism::SplatNode)
          [finding(
            level: "trade", file: setting.file, line: setting.line, problem: "#{count} log #{(count == 1) ? "tag" : "tags"}#{", #{procs} of them #{(procs == 1) ? "a proc" : "procs"}" if procs.positive?}",
            why: "Each is made for every request and copied into every line that it logs: garbage that the heap grows for#{". What a proc looks up (a session, a user) is loaded before the app has been asked for it" if procs.positive?}.",
            edit: "#{setting.file}:#{setting.line}: config.log_tags = [:request_id]",
            stake: Stake.of_variant("one log tag", settings: {"log_tags" => [:request_id]})
          )]
        end

        private

        def proc?(node)
          node.is_a?(Prism::LambdaNode) || (node.is_a?(Prism::CallNode) && ((node.receiver.nil? && %i[lambda proc].include?(node.name)) || node.slice.start_with?("Proc.new")))
        end
      end
    end
  end
end
