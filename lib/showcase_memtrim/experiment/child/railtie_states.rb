# frozen_string_literal: true

require_relative "inventory"
require_relative "../../callers"

module ShowcaseMemtrim
  module Experiment
    # Each of Rails' railties in the booted app: listed, brought in by somebody, or left out; and what the app says to
    # those that are left out.
    class RailtieStates
      # @param watch [Railties::Watch] of this boot
      def initialize(watch)
        @watch = watch
        @enforced = ShowcaseMemtrim::Enforcement.current if defined?(ShowcaseMemtrim::Enforcement)
        @listed = Inventory.new.railties
      end

      # @return [Hash] list: the file that has the list; enforce: raise, warn, off or nil; railties; settings; base_classes
      def to_h
        {list: list, enforce: @enforced&.enforce, railties: of(@listed | Railties::List.installed.names), settings: settings, base_classes: base_classes}
      end

      # @param names [Array<String>]
      # @return [Array<Hash>] name; state: listed, brought in, left out, or absent (listed, and not loaded); by: who brings it
      #   in, or nil
      def of(names)
        names.map do |name|
          arrival = @watch&.arrivals&.fetch(name, nil)
          by = Callers.describe(arrival.file, arrival.line, Dir.pwd) if arrival&.file && !@listed.include?(name)
          {name: name, state: state(name, arrival), by: by}
        end
      end

      # @return [String] the file that has it
      def list
        text = File.file?("config/application.rb") ? File.read("config/application.rb") : ""
        return "rails/all" if @enforced ? @enforced.plan.nil? : text.match?(%r{^\s*require\s*\(?\s*["'](?:rails/all|showcase_memtrim/rails)["']})
        @enforced ? Configuration::PATH : "config/application.rb"
      end

      private

      def state(name, arrival)
        return @listed.include?(name) ? "absent" : "left out" unless arrival
        @listed.include?(name) ? "listed" : "brought in"
      end

      def settings
        (@enforced&.left_out&.settings&.made || []).map(&:to_h)
      end

      def base_classes
        (@enforced&.left_out&.base_classes&.files || {}).map { |path, source| {file: path.delete_prefix("#{Dir.pwd}/"), railtie: source.name} }
      end
    end
  end
end
