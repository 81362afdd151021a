# frozen_string_literal: true

class DancesController < ApplicationController
  def index
    @dances = Dance.ordered.includes(:entries).group_by(&:category)
  end
end
