# frozen_string_literal: true

module ShowcaseMemtrim
  module Cable
    # Libraries that are required by name for what few servers do, and loaded here when they are used: those of the folder
    # deferred/, which comes first in the load path.
    module Deferred
      DIRECTORY = File.join(__dir__, "deferred")

      # @param feature [String] one of the folder's
      # @return [String] the file that would be loaded without us
      # @raise [LoadError] when there is none
      def self.path(feature)
        directory = $LOAD_PATH.find { |path| path != DIRECTORY && File.file?(File.join(path, "#{feature}.rb")) }
        raise LoadError, "cannot load such file -- #{feature}" unless directory
        File.join(directory, "#{feature}.rb")
      end

      $LOAD_PATH.unshift(DIRECTORY)
    end
  end
end
