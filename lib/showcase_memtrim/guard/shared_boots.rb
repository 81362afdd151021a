# frozen_string_literal: true

require "json"
require_relative "../plain_json"
require_relative "../whole_file"
require_relative "run"

module ShowcaseMemtrim
  module Guard
    # What the boots of a run gave, for all that take part in it: one makes a boot, the others wait for it. So boots do not
    # disturb each other either.
    class SharedBoots
      # @param run [Run]
      def initialize(run = Run.current)
        @run = run
      end

      # @param name [String] of a boot, a file's name
      # @yieldreturn [Hash] what it gave, its failure included; called if nobody has made that boot in this run
      # @return [Hash] with symbols for keys
      def fetch(name)
        read(name) || @run.alone { read(name) || write(name, yield) }
      end

      # @return [Boolean] whether somebody has made that boot
      def made?(name)
        File.file?(file(name))
      end

      # @return [String] a file beside
      def path(name)
        @run.path(name)
      end

      private

      def read(name)
        JSON.parse(File.read(file(name), encoding: "UTF-8"), symbolize_names: true)
      rescue Errno::ENOENT
        nil
      end

      # Read again, so that whoever makes a boot has of it what the others have.
      def write(name, given)
        WholeFile.write(file(name), PlainJson.of(given))
        read(name)
      end

      def file(name)
        @run.path("#{name}.json")
      end
    end
  end
end
