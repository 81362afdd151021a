# frozen_string_literal: true

require "json"
require_relative "../command"
require_relative "../../fleet/saving"

module ShowcaseMemtrim
  module Commands
    class Fleet < Command
      # `memtrim fleet --tenants N`: what so many would use, as they are, and with less in each.
      module Projecting
        SHOWN_AS = %w[text json].freeze
        # More are no question, and every format can say their bytes.
        MOST = 1_000_000
        # What goes with --tenants only.
        DETAILS = {with: "--with", against: "--against", result: "--result", same_app: "--same-app"}.freeze

        private

        def projecting_options(parser)
          parser.on("--tenants N", Integer, "what so many tenants would use, by those that run") { |number| @options[:tenants] = number }
          parser.on("--with FILE", "…each with less in it: a recording of the trimmed app,", "or the JSON of memtrim prove or memtrim trim") { |file| @options[:with] = file }
          parser.on("--against FILE", "the recording of the app as it is, to a recording") { |file| @options[:against] = file }
          parser.on("--result NAME", "of a proof: this result in place of everything together") { |name| @options[:result] = name }
          parser.on("--same-app", "the file's app is the tenants', though its name is another") { @options[:same_app] = true }
        end

        def projecting?
          @options.key?(:tenants)
        end

        def check_projecting
          detail = DETAILS.find { |name, _| @options.key?(name) }&.last
          return (raise Error, "#{detail} goes with --tenants N: how many to project" if detail) unless projecting?
          raise Error, "--tenants #{@options[:tenants]}: 1 to #{MOST}" unless @options[:tenants].between?(1, MOST)
          raise Error, "--tenants is a table, as text or json, not #{@options[:format]}" unless SHOWN_AS.include?(@options[:format])
          raise Error, "#{detail} goes with --with FILE" if detail && !@options[:with]
        end

        # The file is read first: what is wrong with it needs no look at the machine.
        #
        # @yieldreturn [ShowcaseMemtrim::Fleet]
        # @return [String]
        def projection
          saving = @options[:with] && ShowcaseMemtrim::Fleet::Saving.new(@options[:with], **@options.slice(:against, :result, :same_app)).to_h
          fleet = yield
          refusing { fleet.project(@options[:tenants], saving && JSON.generate(saving), @options[:format], width) }
        end
      end
    end
  end
end
