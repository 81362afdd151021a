# frozen_string_literal: true

module ShowcaseMemtrim
  module Uses
    # Files that Rails generates for every app, in an app that does nothing with them: what they use, nobody does.
    class Idle
      # The file, what it defines, and the directory in which somebody who uses it would have a file.
      GENERATED = {
        "app/mailers/application_mailer.rb" => ["ApplicationMailer", "app/mailers/"],
        "app/jobs/application_job.rb" => ["ApplicationJob", "app/jobs/"],
        "app/channels/application_cable/connection.rb" => ["ApplicationCable", "app/channels/"],
        "app/channels/application_cable/channel.rb" => ["ApplicationCable", "app/channels/"]
      }.freeze
      LAYOUT = %r{\Aapp/views/layouts/mailer\.(?:html|text)\.\w+\z}
      CABLE_TEST = "test/channels/application_cable/connection_test.rb"

      # @return [Array<String>] constants that tell of them
      def self.constants
        GENERATED.values.map(&:first).uniq
      end

      # @param files [Array<String>] all of the app's
      # @param named [Hash{String => Array<String>}] constant → the files that name it, or what is below it
      # @param doing [Array<String>] files that do more than those that Rails generates
      def initialize(files, named, doing)
        @files = files
        @named = named
        @doing = doing
      end

      # @return [Array<String>] those that nobody uses
      def files
        @idle ||= begin
          found = GENERATED.keys.select { |file| @files.include?(file) && alone?(*GENERATED[file]) }
          found += @files.grep(LAYOUT) if found.include?("app/mailers/application_mailer.rb")
          found << CABLE_TEST if @files.include?(CABLE_TEST) && found.any? { |file| file.start_with?("app/channels/") }
          found
        end
      end

      private

      def alone?(constant, directory)
        generated = GENERATED.keys + [CABLE_TEST]
        return false if (@files.select { |file| file.start_with?(directory) && file.end_with?(".rb") } - generated).any?
        return false if @doing.any? { |file| file.start_with?(directory) || (file == CABLE_TEST && constant == "ApplicationCable") }
        (Array(@named[constant]) - generated).empty?
      end
    end
  end
end
